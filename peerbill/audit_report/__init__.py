"""An audit as evidence: what was looked at, what was not, and each finding with its facts; as a page."""
