-- What the service may do: write rows of read models, and exchange tables only through the functions.
grant usage on schema views, views_next to {service};
grant select, insert, update, delete on all tables in schema views to {service};
grant execute on all functions in schema views to {service};
alter default privileges in schema views_next grant select, insert, update, delete on tables to {service};
