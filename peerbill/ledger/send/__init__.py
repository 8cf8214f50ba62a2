"""Sending: a run, its batches and files, and what a stopped run left."""
