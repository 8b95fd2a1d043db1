"""Situation, one alert with both sides' answers, acknowledge."""
