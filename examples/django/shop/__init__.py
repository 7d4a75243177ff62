"""A shop in Django that sells through Pocketsflow: who has paid may come in."""
