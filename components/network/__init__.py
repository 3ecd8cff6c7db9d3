"""The network of a deployment: addresses, rules, names, and the private ways into it."""
