"""Answers: posted a transaction set at a time, and what they leave."""
