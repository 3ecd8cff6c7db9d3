"""The commands of `cfctl app`: which image an app serves, a new one to it, and the way back."""
