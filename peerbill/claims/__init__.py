"""The makers of claims: to the first payer, to the next one, replacements, voids; and questions on enrolment."""
