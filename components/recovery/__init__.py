"""What a deployment that stays has for the day that something is lost: backups, a standby network, a replica."""
