"""The API gateway: its routes as data, the configuration of Envoy made from them, the app."""
