"""The loops of the 837P (005010X222A1) as a table: segments, elements, usage, repeats, lengths and code values.

The facts are those of the implementation guide as the pyx12 4.0.0 map records them (BSD licence),
narrowed in one place: claim frequency 1, 7 or 8. `peerbill.x12.structure` compiles it.

A loop's line: id, `in` parent, usage (R required, S situational), repeat (`*` for no limit). Its segments follow,
indented and in order: id, usage and repeat, then one token per element:

- `=A,B` one of these codes; `$name` one of CODES[name]; a token before which stands `?` is situational;
- `A1-60` text of 1 to 60 characters; `I2-2` an identifier (capitals and digits); `N9` digits, at most nine;
- `R18` a number that is not negative, at most 18 digits; `S18` the same, and it may be negative;
- `D8` a day CCYYMMDD; `DX` a day, range or day and time by the qualifier before it; `TM` a time;
- `(a:b)` a composite; `-` not used; `x3` after a token repeats it.
"""

CODES: dict[str, tuple[str, ...]] = {
    name: tuple(codes.split())
    for name, codes in {
        "ambulance": "01 04 05 06 07 08 09 12",
        "cause": "AA EM OA",
        "compliance": "1 2 3 4 5",
        "delay": "1 2 3 4 5 6 7 8 9 10 11 15",
        "exception": "1 2 3 4 5 6",
        "filing": "11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ",
        "medicare": "12 13 14 15 16 41 42 43 47",
        "pointer": "1 2 3 4 5 6 7 8 9 10 11 12",
        "pricing": "00 01 02 03 04 05 06 07 08 09 10 11 12 13 14",
        "procedure": "ER HC IV WK",
        "rank": "A B C D E F G H P S T U",
        "referral": "AV NU S2 ST",
        "reject": "T1 T2 T3 T4 T5 T6",
        "report": "03 04 05 06 07 08 09 10 11 13 15 21 A3 A4 AM AS B2 B3 B4 BR BS BT CB CK CT D2 DA DB DG DJ DS EB HC "
        "HR I5 IR LA M1 MT NN OB OC OD OE OX OZ P4 P5 PE PN PO PQ PY PZ RB RR RT RX SG V5 XP",
        "transmission": "AA BM EL EM FT FX",
        # The certificate of medical necessity of a line has five of its own.
        "transmission_of_line": "AA AB AD AF AG BM EL EM FT FX NS",
        "vision": "L1 L2 L3 L4 L5",
    }.items()
}
"""Code lists that several elements share, by the name the table uses."""

TABLE = """\
ST in - R 1
  BHT R1 =0019 =00,18 A1-50 D8 TM =CH,RP
1000A in ST R 1
  NM1 R1 =41 =1,2 A1-60 ?A1-35 ?A1-25 - - =46 A2-80
  PER R2 =IC ?A1-60 =ED,EM,FX,TE A1-256 ?=ED,EM,EX,FX,TE ?A1-256 ?=ED,EM,EX,FX,TE ?A1-256
1000B in ST R 1
  NM1 R1 =40 =2 A1-60 - - - - =46 A2-80
2000A in ST R *
  HL R1 A1-12 - =20 =1
  PRV S1 =BI =PXC A1-50
  CUR S1 =85 I3-3
2010AA in 2000A R 1
  NM1 R1 =85 =1,2 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF R1 =EI,SY A1-50
  REF S2 =0B,1G A1-50
  PER S2 =IC ?A1-60 =EM,FX,TE A1-256 ?=EM,EX,FX,TE ?A1-256 ?=EM,EX,FX,TE ?A1-256
2010AB in 2000A S 1
  NM1 R1 =87 =1,2
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
  SBR R1 $rank ?=18 ?A1-50 ?A1-60 ?$medicare - - - ?$filing
  PAT S1 - - - - ?=D8 ?D8 ?=01 ?R10 ?=Y
2010BA in 2000B R 1
  NM1 R1 =IL =1,2 A1-60 ?A1-35 ?A1-25 - ?A1-10 =II,MI A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  DMG S1 =D8 D8 =F,M,U
  REF S1 =SY A1-50
  REF S1 =Y4 A1-50
  PER S1 =IC ?A1-60 =TE A1-256 ?=EX ?A1-256
2010BB in 2000B R 1
  NM1 R1 =PR =2 A1-60 - - - - =PI,XV A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S3 =2U,EI,FY,NF A1-50
  REF S2 =G2,LU A1-50
2300 in 2000B S 100
  CLM R1 A1-38 R18 - - (I2-2:=B:=1,7,8) =N,Y =A,B,C =N,W,Y =I,Y ?=P \
?($cause:?$cause:-:?I2-2:?I2-3) ?=02,03,05,09 -x7 ?$delay
  DTP S1 =431 =D8 D8
  DTP S1 =454 =D8 D8
  DTP S1 =304 =D8 D8
  DTP S1 =453 =D8 D8
  DTP S1 =439 =D8 D8
  DTP S1 =484 =D8 D8
  DTP S1 =455 =D8 D8
  DTP S1 =471 =D8 D8
  DTP S1 =314,360,361 =D8,RD8 DX
  DTP S1 =297 =D8 D8
  DTP S1 =296 =D8 D8
  DTP S1 =435 =D8 D8
  DTP S1 =096 =D8 D8
  DTP S2 =090,091 =D8 D8
  DTP S1 =444 =D8 D8
  DTP S1 =050 =D8 D8
  PWK S10 $report $transmission - - ?=AC ?A2-80
  CN1 S1 =01,02,03,04,05,06,09 ?R18 ?R6 ?A1-50 ?R6 ?A1-30
  AMT S1 =F5 R18
  REF S1 =4N =1,2,3,4,5,6,7
  REF S1 =F5 A1-50
  REF S1 =EW A1-50
  REF S1 =9F A1-50
  REF S1 =G1 A1-50
  REF S1 =F8 A1-50
  REF S1 =X4 A1-50
  REF S1 =9A A1-50
  REF S1 =9C A1-50
  REF S1 =LX A1-50
  REF S1 =D9 A1-50
  REF S1 =EA A1-50
  REF S1 =P4 A1-50
  REF S1 =1J A1-50
  K3 S10 A1-80
  NTE S1 =ADD,CER,DCP,DGN,TPO A1-80
  CR1 S1 ?=LB ?R10 - =A,B,C,D,E =DH R15 - - ?A1-80 ?A1-80
  CR2 S1 - - - - - - - =A,C,D,E,F,G,M - ?A1-80 ?A1-80
  CRC S3 =07 =N,Y $ambulance ?$ambulance ?$ambulance ?$ambulance ?$ambulance
  CRC S3 =E1,E2,E3 =N,Y $vision ?$vision ?$vision ?$vision ?$vision
  CRC S1 =75 =Y =IH
  CRC S1 =ZZ =N,Y $referral ?$referral ?$referral
  HI R1 (=ABK,BK:A1-30) ?(=ABF,BF:A1-30)x11
  HI S1 (=BP:A1-30) ?(=BO:A1-30)
  HI S2 (=BG:A1-30) ?(=BG:A1-30)x11
  HCP S1 $pricing S18 ?S18 ?A1-50 ?R9 ?A1-50 ?S18 - - - - - ?$reject ?$compliance ?$exception
2310A in 2300 S 2
  NM1 R1 =DN,P3 =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S3 =0B,1G,G2 A1-50
2310B in 2300 S 1
  NM1 R1 =82 =1,2 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  PRV S1 =PE =PXC A1-50
  REF S4 =0B,1G,G2,LU A1-50
2310C in 2300 S 1
  NM1 R1 =77 =2 A1-60 - - - - ?=XX ?A2-80
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S3 =0B,G2,LU A1-50
  PER S1 =IC ?A1-60 =TE A1-256 ?=EX ?A1-256
2310D in 2300 S 1
  NM1 R1 =DQ =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S4 =0B,1G,G2,LU A1-50
2310E in 2300 S 1
  NM1 R1 =PW =2
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
2310F in 2300 S 1
  NM1 R1 =45 =2 ?A1-60
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
2320 in 2300 S 10
  SBR R1 $rank =01,18,19,20,21,39,40,53,G8 ?A1-50 ?A1-60 ?$medicare - - - ?$filing
  CAS S5 =CO,CR,OA,PI,PR I1-5 S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15
  AMT S1 =D S18
  AMT S1 =A8 S18
  AMT S1 =EAF S18
  OI R1 - - =N,W,Y ?=P - =I,Y
  MOA S1 ?R10 ?S18 ?A1-50x5 ?S18 ?S18
2330A in 2320 R 1
  NM1 R1 =IL =1,2 A1-60 ?A1-35 ?A1-25 - ?A1-10 =II,MI A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S1 =SY A1-50
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
2330C in 2320 S 2
  NM1 R1 =DN,P3 =1
  REF R3 =0B,1G,G2 A1-50
2330D in 2320 S 1
  NM1 R1 =82 =1,2
  REF R3 =0B,1G,G2,LU A1-50
2330E in 2320 S 1
  NM1 R1 =77 =2
  REF R3 =0B,G2,LU A1-50
2330F in 2320 S 1
  NM1 R1 =DQ =1
  REF R3 =0B,1G,G2,LU A1-50
2330G in 2320 S 1
  NM1 R1 =85 =1,2
  REF R2 =G2,LU A1-50
2400 in 2300 R 50
  LX R1 N6
  SV1 R1 ($procedure:A1-48:?I2-2:?I2-2:?I2-2:?I2-2:?A1-80) R18 =MJ,UN R15 ?I2-2 - \
($pointer:?$pointer:?$pointer:?$pointer) - ?=Y - ?=Y ?=Y - - ?=0
  SV5 S1 (=HC:A1-48) =DA R15 R18 R18 =1,4,6
  PWK S10 $report $transmission_of_line - - ?=AC ?A2-80
  CR1 S1 ?=LB ?R10 - =A,B,C,D,E =DH R15 - - ?A1-80 ?A1-80
  CR3 S1 =I,R,S =MO R15
  CRC S3 =07 =N,Y $ambulance ?$ambulance ?$ambulance ?$ambulance ?$ambulance
  CRC S1 =70 =N,Y =65
  CRC S1 =09 =N,Y =38,ZV ?=38,ZV
  DTP R1 =472 =D8,RD8 DX
  DTP S1 =471 =D8 D8
  DTP S1 =607 =D8 D8
  DTP S1 =463 =D8 D8
  DTP S1 =461 =D8 D8
  DTP S1 =304 =D8 D8
  DTP S2 =738,739 =D8 D8
  DTP S1 =011 =D8 D8
  DTP S1 =455 =D8 D8
  DTP S1 =454 =D8 D8
  QTY S1 =PT R15
  QTY S1 =FL R15
  MEA S5 =OG,TR =HT,R1,R2,R3,R4 R20
  CN1 S1 =01,02,03,04,05,06,09 ?R18 ?R6 ?A1-50 ?R6 ?A1-30
  REF S1 =9B A1-50
  REF S1 =9D A1-50
  REF S5 =G1 A1-50 - ?(=2U:A1-50)
  REF S1 =6R A1-50
  REF S1 =EW A1-50
  REF S1 =X4 A1-50
  REF S1 =F4 A1-50
  REF S1 =BT A1-50
  REF S5 =9F A1-50 - ?(=2U:A1-50)
  AMT S1 =T R18
  AMT S1 =F4 R18
  K3 S10 A1-80
  NTE S1 =ADD,DCP A1-80
  NTE S1 =TPO A1-80
  PS1 S1 A1-50 R18
  HCP S1 $pricing S18 ?S18 ?A1-50 ?R9 ?A1-50 ?S18 - ?$procedure ?A1-48 ?=MJ,UN ?R15 ?$reject ?$compliance ?$exception
2410 in 2400 S 1
  LIN R1 - =EN,EO,HI,N4,ON,UK,UP A1-48
  CTP R1 - - - R15 (=F2,GR,ME,ML,UN)
  REF S1 =VY,XZ A1-50
2420A in 2400 S 1
  NM1 R1 =82 =1,2 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  PRV S1 =PE =PXC A1-50
  REF S20 =0B,1G,G2,LU A1-50 - ?(=2U:A1-50)
2420B in 2400 S 1
  NM1 R1 =QB =1,2 - - - - - ?=XX ?A2-80
  REF S20 =0B,1G,G2 A1-50 - ?(=2U:A1-50)
2420C in 2400 S 1
  NM1 R1 =77 =2 A1-60 - - - - ?=XX ?A2-80
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S3 =G2,LU A1-50 - ?(=2U:A1-50)
2420D in 2400 S 1
  NM1 R1 =DQ =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S20 =0B,1G,G2,LU A1-50 - ?(=2U:A1-50)
2420E in 2400 S 1
  NM1 R1 =DK =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  N3 S1 A1-55 ?A1-55
  N4 S1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  REF S20 =0B,1G,G2 A1-50 - ?(=2U:A1-50)
  PER S1 =IC ?A1-60 =EM,FX,TE A1-256 ?=EM,EX,FX,TE ?A1-256 ?=EM,EX,FX,TE ?A1-256
2420F in 2400 S 2
  NM1 R1 =DN,P3 =1 A1-60 ?A1-35 ?A1-25 - ?A1-10 ?=XX ?A2-80
  REF S20 =0B,1G,G2 A1-50 - ?(=2U:A1-50)
2420G in 2400 S 1
  NM1 R1 =PW =2
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
2420H in 2400 S 1
  NM1 R1 =45 =2 ?A1-60
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
2430 in 2400 S 15
  SVD R1 A2-80 S18 ($procedure:A1-48:?A2-2:?A2-2:?A2-2:?A2-2:?A1-80) - R15 ?N6
  CAS S5 =CO,CR,OA,PI,PR I1-5 S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15 ?I1-5 ?S18 ?R15
  DTP R1 =573 =D8 D8
  AMT S1 =EAF S18
2440 in 2400 S *
  LQ R1 =AS,UT A1-30
  FRM R99 A1-20 ?=N,W,Y ?A1-50 ?D8 ?R6
2000C in 2000B S *
  HL R1 A1-12 A1-12 =23 =0
  PAT R1 =01,19,20,21,39,40,53,G8 - - - ?=D8 ?D8 ?=01 ?R10 ?=Y
2010CA in 2000C R 1
  NM1 R1 =QC =1 A1-60 ?A1-35 ?A1-25 - ?A1-10
  N3 R1 A1-55 ?A1-55
  N4 R1 A2-30 ?I2-2 ?I3-15 ?I2-3 - - ?I1-3
  DMG R1 =D8 D8 =F,M,U
  REF S1 =Y4 A1-50
  REF S1 =1W,SY A1-50
  PER S1 =IC ?A1-60 =TE A1-256 ?=EX ?A1-256
"""
"""The loops, in the order in which a file sends them. Loop 2000C holds loop 2300 and all below it as 2000B does."""
