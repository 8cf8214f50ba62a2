"""X12: text in, text out. Segments are declared once; an 837P is written, read and checked by them."""
