"""What an encounter comes to: code, modifiers, units, charge, payer, deadline."""
