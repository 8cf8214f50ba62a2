"""Setting up an agency: what is asked, how an answer is checked, and the files that the answers make."""
