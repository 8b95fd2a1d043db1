"""Photos with a record: reduced, stripped, confirmed by a person before they leave."""
