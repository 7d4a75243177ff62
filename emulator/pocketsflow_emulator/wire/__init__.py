"""What a receiver sees, byte for byte. Pure."""
