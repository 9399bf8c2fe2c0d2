/* SPDX-License-Identifier: Apache-2.0
 *
 * The properties of a message in the making: a handful of entries in one block, searched one by one. The block never
 * shows holes: what is replaced is cut out and appended.
 */
#include "rmq-properties-private.h"

#define ENTRY_HEAD (2 * sizeof (uint32_t))
#define FIRST_ALLOCATION 128

typedef struct
{
  uint32_t start;
  uint32_t len; /* with its head and both NULs */
  RmqSlice name;
  RmqSlice value;
} Entry;

static Entry
entry_at (const RmqProperties *self, uint32_t position)
{
  const char *at = self->data + position;
  uint32_t lengths[2];

  memcpy (lengths, at, sizeof lengths);
  return (Entry){
    .start = position,
    .len = (uint32_t) (ENTRY_HEAD + lengths[0] + 1u + lengths[1] + 1u),
    .name = rmq_slice (at + ENTRY_HEAD, lengths[0]),
    .value = rmq_slice (at + ENTRY_HEAD + lengths[0] + 1, lengths[1]),
  };
}

static bool
find_entry (const RmqProperties *self, RmqSlice name, Entry *entry)
{
  for (uint32_t position = 0; position < self->len; position += entry->len)
    {
      *entry = entry_at (self, position);
      if (entry->name.len == name.len && memcmp (entry->name.data, name.data, name.len) == 0)
        return true;
    }
  return false;
}

void
_rmq_properties_clear (RmqProperties *self)
{
  g_free (self->data);
  *self = (RmqProperties){ 0 };
}

void
_rmq_properties_copy (RmqProperties *self, const RmqProperties *from)
{
  *self = (RmqProperties){ 0 };
  if (from->len == 0)
    return;
  *self = *from;
  self->data = g_memdup2 (from->data, from->len);
  self->allocated = from->len;
}

bool
_rmq_properties_remove (RmqProperties *self, RmqSlice name)
{
  Entry entry;

  if (!find_entry (self, name, &entry))
    return false;
  memmove (self->data + entry.start, self->data + entry.start + entry.len, self->len - entry.start - entry.len);
  self->len -= entry.len;
  self->n--;
  return true;
}

static void
append (RmqProperties *self, RmqSlice name, RmqSlice value)
{
  uint32_t lengths[2] = { (uint32_t) name.len, (uint32_t) value.len };
  uint32_t needed = (uint32_t) (ENTRY_HEAD + name.len + 1 + value.len + 1);
  char *at;

  if (needed > self->allocated - self->len)
    {
      self->allocated = MAX (MAX (self->allocated * 2, self->len + needed), FIRST_ALLOCATION);
      self->data = g_realloc (self->data, self->allocated);
    }
  at = self->data + self->len;
  memcpy (at, lengths, sizeof lengths);
  at += ENTRY_HEAD;
  memcpy (at, name.data, name.len);
  at[name.len] = '\0';
  at += name.len + 1;
  if (value.len > 0)
    memcpy (at, value.data, value.len);
  at[value.len] = '\0';
  self->len += needed;
  self->n++;
}

void
_rmq_properties_set (RmqProperties *self, RmqSlice name, RmqSlice value)
{
  _rmq_properties_remove (self, name);
  append (self, name, value);
}

bool
_rmq_properties_fit (const RmqProperties *self, RmqSlice name, RmqSlice value)
{
  size_t encoded = _rmq_properties_encoded_len (self);
  Entry entry;

  if (find_entry (self, name, &entry))
    encoded -= entry.len - ENTRY_HEAD;
  return name.len <= RMQ_PROPERTIES_MAX && value.len <= RMQ_PROPERTIES_MAX
         && encoded + name.len + value.len + 2 <= RMQ_PROPERTIES_MAX;
}

RmqSlice
_rmq_properties_find (const RmqProperties *self, RmqSlice name)
{
  Entry entry;

  return find_entry (self, name, &entry) ? entry.value : RMQ_SLICE_NULL;
}

bool
_rmq_properties_next (const RmqProperties *self, uint32_t *cursor, RmqSlice *name, RmqSlice *value)
{
  Entry entry;

  if (*cursor >= self->len)
    return false;
  entry = entry_at (self, *cursor);
  *cursor += entry.len;
  *name = entry.name;
  *value = entry.value;
  return true;
}

/* Two NULs an entry here, two separators an entry there. */
size_t
_rmq_properties_encoded_len (const RmqProperties *self)
{
  return self->len - self->n * ENTRY_HEAD;
}

void
_rmq_properties_encode (const RmqProperties *self, RmqByteWriter *out)
{
  RmqSlice name;
  RmqSlice value;
  uint32_t cursor = 0;

  if (!rmq_byte_writer_reserve (out, _rmq_properties_encoded_len (self)))
    return;
  while (_rmq_properties_next (self, &cursor, &name, &value))
    rmq_property_write (out, name, value);
}
