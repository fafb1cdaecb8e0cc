"""Mutation coverage: do the benches notice broken hardware?"""
