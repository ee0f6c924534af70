ALTER TABLE resources ADD COLUMN unfinished TEXT;
