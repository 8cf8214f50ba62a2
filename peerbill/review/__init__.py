"""Review of what was billed: samples of claims, lines or encounters, and what a review of them comes to in all."""
