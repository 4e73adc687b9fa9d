"""The treasury's pages about SUNAT: what waits there, and documents that give way to others."""
