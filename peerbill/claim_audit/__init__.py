"""Claims that another system wrote (837P, 837I) and what was paid for them (835), compared with the encounters."""
