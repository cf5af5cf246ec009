-- A run of so many items takes the earliest due and stops there.
DROP INDEX field_due;
CREATE INDEX field_due ON field (due_on, subject_id)
  WHERE due_on IS NOT NULL AND disposed_at IS NULL AND item_id IS NULL;
