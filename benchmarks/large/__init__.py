"""A log as large as after years: jobs that really ran, copied under new ids with chains of their own."""
