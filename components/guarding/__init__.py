"""What keeps a deployment that stays from being taken away by mistake."""
