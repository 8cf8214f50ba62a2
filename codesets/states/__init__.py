"""One TOML file of policy per state."""
