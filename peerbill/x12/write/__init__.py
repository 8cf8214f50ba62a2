"""Writers: values to X12."""
