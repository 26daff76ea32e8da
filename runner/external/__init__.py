"""Runs that workers outside perform: offered in a table, held by leases there, recorded in the log by the runner that owns their job."""
