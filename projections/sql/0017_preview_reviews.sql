-- Reviews that previews of drafts ask of who tries them: no inbox and no list shows them unless it is asked.

alter table views.reviews add column preview boolean not null default false;
create index on views.reviews (workspace_id, position) where preview;
