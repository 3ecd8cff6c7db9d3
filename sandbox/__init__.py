"""This machine instead of Azure: an engine, a stand-in for Azure and real PostgreSQL."""
