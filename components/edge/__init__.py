"""The public entry of a persistent environment: Front Door with its firewall, domain and private way to the gateway."""
