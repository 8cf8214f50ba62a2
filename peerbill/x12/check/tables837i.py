"""The loops of the 837I (005010X223A2) as a table, in the form described in `peerbill.x12.check.tables837p`.

The facts are those of the implementation guide as the pyx12 4.0.0 map records them (BSD licence), narrowed where a
claim of outpatient or residential peer support has a shape: two digits of the type of bill, and of the patient's
status.
"""

from peerbill.x12.check import tables837p

CODES: dict[str, tuple[str, ...]] = {
    **tables837p.CODES,
    **{
        name: tuple(codes.split())
        for name, codes in {
            # Interim bills (2, 3, 4) and late charges (5) beside original, replacement and void. 0, a bill that asks
            # for nothing, is left out: it names no service that could be paid.
            "frequency": "1 2 3 4 5 7 8 9",
            "group": "CO CR OA PI PR",
            "note": "ALG DCP DGN DME MED NTR ODT RHB RLH RNH SET SFM SPT UPI",
            "procedure": "ER HC HP IV WK",
        }.items()
    },
}
"""Code lists that several elements share, by the name the table uses."""

TABLE = """\
ST in - R 1
  BHT R1 =0019 =00,18 A1-50 D8 TM =31,CH,RP
1000A in ST R 1
  NM1 R1 =41 =1,2 A1-60 ?A1-35 ?A1-25 - - =46 A2-80
  PER R2 =IC ?A1-60 =EM,FX,TE A1-256 ?=EM,EX,FX,TE ?A1-256 ?=EM,EX,FX,TE ?A1-256
1000B in ST R 1
  NM1 R1 =40 =2 A1-60 - - - - =46 A2-80
2000A in ST R *
  HL R1 A1-12 - =20 =1
  PRV S1 =BI =PXC A1-50
  CUR S1 =85 I3-3
2010AA in 2000A R 1
  NM1 R1 =85 =2 A1-60 - - - - ?=XX ?A2-80
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF R1 =EI A1-50
  PER S2 =IC ?A1-60 =EM,FX,TE A1-256 ?=EM,EX,FX,TE ?A1-256 ?=EM,EX,FX,TE ?A1-256
2010AB in 2000A S 1
  NM1 R1 =87 =2
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
2010AC in 2000A S 1
  NM1 R1 =PE =2 A1-60 - - - - =PI,XV A2-80
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S1 =2U,FY,NF A1-50
  REF R1 =EI A1-50
2000B in 2000A R *
  HL R1 A1-12 A1-12 =22 =0,1
  SBR R1 $rank ?=18 ?A1-50 ?A1-60 - - - - ?$filing
2010BA in 2000B R 1
  NM1 R1 =IL =1,2 A1-60 ?A1-35 ?A1-25 - ?A1-10 =II,MI A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  DMG S1 =D8 D8 =F,M,U
  REF S1 =SY A1-50
  REF S1 =Y4 A1-50
2010BB in 2000B R 1
  NM1 R1 =PR =2 A1-60 - - - - =PI,XV A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S3 =2U,EI,FY,NF A1-50
  REF S1 =G2,LU A1-50
2300 in 2000B S 100
  CLM R1 A1-38 R18 - - (I2-2:=A:$frequency) - =A,B,C =N,W,Y =I,Y -x10 ?$delay
  DTP S1 =096 =TM TM
  DTP R1 =434 =RD8 DX
  DTP S1 =435 =D8,DT DX
  DTP S1 =050 =D8 D8
  CL1 R1 I1-1 ?I1-1 I2-2
  PWK S10 $report $transmission - - ?=AC ?A2-80
  CN1 S1 =01,02,03,04,05,06,09 ?R18 ?R6 ?A1-50 ?R6 ?A1-30
  AMT S1 =F3 R18
  REF S1 =4N =1,2,3,4,5,6,7
  REF S1 =9F A1-50
  REF S1 =G1 A1-50
  REF S1 =F8 A1-50
  REF S1 =9A A1-50
  REF S1 =9C A1-50
  REF S5 =LX A1-50
  REF S1 =D9 A1-50
  REF S1 =LU A1-50
  REF S1 =EA A1-50
  REF S1 =P4 A1-50
  REF S1 =G4 A1-50
  K3 S10 A1-80
  NTE S10 $note A1-80
  NTE S1 =ADD A1-80
  CRC S1 =ZZ =N,Y $referral ?$referral ?$referral
  HI R1 (=ABK,BK:A1-30:-x6:?=N,U,W,Y)
  HI S1 (=ABJ,BJ:A1-30)
  HI S1 (=APR,PR:A1-30) ?(=APR,PR:A1-30)x2
  HI S1 (=ABN,BN:A1-30:-x6:?=N,U,W,Y) ?(=ABN,BN:A1-30:-x6:?=N,U,W,Y)x11
  HI S1 (=DR:A1-30)
  HI S2 (=ABF,BF:A1-30:-x6:?=N,U,W,Y) ?(=ABF,BF:A1-30:-x6:?=N,U,W,Y)x11
  HI S1 (=BBR,BR,CAH:A1-30:=D8:D8)
  HI S2 (=BBQ,BQ:A1-30:=D8:D8) ?(=BBQ,BQ:A1-30:=D8:D8)x11
  HI S2 (=BI:A1-30:=RD8:DX) ?(=BI:A1-30:=RD8:DX)x11
  HI S2 (=BH:A1-30:=D8:D8) ?(=BH:A1-30:=D8:D8)x11
  HI S2 (=BE:A1-30:-:-:R18) ?(=BE:A1-30:-:-:R18)x11
  HI S2 (=BG:A1-30) ?(=BG:A1-30)x11
  HI S2 (=TC:A1-30) ?(=TC:A1-30)x11
  HCP S1 $pricing S18 ?S18 ?A1-50 ?R9 ?A1-50 ?S18 ?A1-48 - - ?=DA,UN ?R15 ?$reject ?$compliance ?$exception
2310A in 2300 S 1
  NM1 R1 =71 =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  PRV S1 =AT =PXC A1-50
  REF S4 =0B,1G,G2,LU A1-50
2310B in 2300 S 1
  NM1 R1 =72 =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S4 =0B,1G,G2,LU A1-50
2310C in 2300 S 1
  NM1 R1 =ZZ =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S4 =0B,1G,G2,LU A1-50
2310D in 2300 S 1
  NM1 R1 =82 =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S4 =0B,1G,G2,LU A1-50
2310E in 2300 S 1
  NM1 R1 =77 =2 A1-60 - - - - ?=XX ?A2-80
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S3 =0B,G2,LU A1-50
2310F in 2300 S 1
  NM1 R1 =DN =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S3 =0B,1G,G2 A1-50
2320 in 2300 S 10
  SBR R1 $rank =01,18,19,20,21,39,40,53,G8 ?A1-50 ?A1-60 - - - - ?$filing
  CAS S5 $group I1-5 S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15
  AMT S1 =D R18
  AMT S1 =EAF R18
  AMT S1 =A8 R18
  OI R1 - - =N,W,Y - - =I,Y
  MIA S1 R15 - ?R15 ?S18 ?A1-50 ?S18x9 ?R15 ?S18x4 ?A1-50x4 ?S18
  MOA S1 ?R10 ?S18 ?A1-50x5 ?S18 ?S18
2330A in 2320 R 1
  NM1 R1 =IL =1,2 A1-60 ?A1-35 ?A1-25 - ?A1-10 =II,MI A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S2 =SY A1-50
2330B in 2320 R 1
  NM1 R1 =PR =2 A1-60 - - - - =PI,XV A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  DTP S1 =573 =D8 D8
  REF S2 =2U,EI,FY,NF A1-50
  REF S1 =G1 A1-50
  REF S1 =9F A1-50
  REF S1 =T4 =Y
  REF S1 =F8 A1-50
2330C in 2320 S 1
  NM1 R1 =71 =1
  REF R4 =0B,1G,G2,LU A1-50
2330D in 2320 S 1
  NM1 R1 =72 =1
  REF R4 =0B,1G,G2,LU A1-50
2330E in 2320 S 1
  NM1 R1 =ZZ =1
  REF R4 =0B,1G,G2,LU A1-50
2330F in 2320 S 1
  NM1 R1 =77 =2
  REF R3 =0B,G2,LU A1-50
2330G in 2320 S 1
  NM1 R1 =82 =1
  REF R4 =0B,1G,G2,LU A1-50
2330H in 2320 S 1
  NM1 R1 =DN =1
  REF R3 =0B,1G,G2 A1-50
2330I in 2320 S 1
  NM1 R1 =85 =2
  REF R2 =G2,LU A1-50
2400 in 2300 R 999
  LX R1 N6
  SV2 R1 A1-48 ?($procedure:A1-48:?I2-2:?I2-2:?I2-2:?I2-2:?A1-80) R18 =DA,UN R15 - ?R18
  PWK S10 $report $transmission - - ?=AC ?A2-80
  DTP S1 =472 =D8,RD8 DX
  REF S1 =6R A1-50
  REF S1 =9B A1-50
  REF S1 =9D A1-50
  AMT S1 =GT R18
  AMT S1 =N8 R18
  NTE S1 =TPO A1-80
  HCP S1 $pricing S18 ?S18 ?A1-50 ?R9 ?A1-50 ?S18 ?A1-48 ?$procedure ?A1-48 \
?=DA,UN ?R15 ?$reject ?$compliance ?$exception
2410 in 2400 S 1
  LIN R1 - =N4 A1-48
  CTP R1 - - - R15 (=F2,GR,ME,ML,UN)
  REF S1 =VY,XZ A1-50
2420A in 2400 S 1
  NM1 R1 =72 =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S20 =0B,1G,G2,LU A1-50 - ?(=2U:A1-50)
2420B in 2400 S 1
  NM1 R1 =ZZ =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S20 =0B,1G,G2,LU A1-50 - ?(=2U:A1-50)
2420C in 2400 S 1
  NM1 R1 =82 =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S20 =0B,1G,G2,LU A1-50 - ?(=2U:A1-50)
2420D in 2400 S 1
  NM1 R1 =DN =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S20 =0B,1G,G2 A1-50 - ?(=2U:A1-50)
2430 in 2400 S 15
  SVD R1 A2-80 R18 ?($procedure:A1-48:?I2-2:?I2-2:?I2-2:?I2-2:?A1-80) A1-48 R15 ?N6
  CAS S5 $group I1-5 S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15
  DTP R1 =573 =D8 D8
  AMT S1 =EAF R18
2000C in 2000B S *
  HL R1 A1-12 A1-12 =23 =0
  PAT R1 =01,19,20,21,39,40,53,G8
2010CA in 2000C R 1
  NM1 R1 =QC =1 A1-60 ?A1-35 ?A1-25 - ?A1-10
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  DMG R1 =D8 D8 =F,M,U
  REF S1 =Y4 A1-50
  REF S1 =1W,SY A1-50
"""
"""The loops, in the order in which a file sends them. Loop 2000C holds loop 2300 and all below it as 2000B does."""
