"""What shows only over many encounters: copied notes, groups billed as one-to-ones, and figures that stand out.

Each pattern has an accumulator, which sees every encounter once, in order of start, and keeps counts rather than
encounters; its check turns what the accumulator found into findings with the figures they rest on.
"""
