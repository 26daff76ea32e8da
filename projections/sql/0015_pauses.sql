-- A pause is passed on to many jobs below by their owner; who takes over goes on with that.

alter table views.open_jobs add column passing_on boolean not null default false;
