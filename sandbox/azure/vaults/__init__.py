"""Key Vault's own API, of which the sandbox has what moves secrets from one vault to another."""
