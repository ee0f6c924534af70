-- The property whose value is the id, where that is a secret; NULL: cloud_id is the id.
ALTER TABLE resources ADD COLUMN id_property TEXT;
