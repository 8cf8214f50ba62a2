"""JSON as a contract: values to documents and back, what commands write, and the schemas of both."""
