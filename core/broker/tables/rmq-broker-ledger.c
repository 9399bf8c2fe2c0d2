/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerLedger: pages of bits in a hash table. All records before the first page are over.
 */
#include "rmq-broker-ledger-private.h"

#include <inttypes.h>
#include "base/rmq-log-private.h"
#include "broker/rmq-broker-core-private.h"

#define PAGE_RECORDS 1024
#define PAGE_WORDS (PAGE_RECORDS / 64)
#define FIRST "first"

typedef struct
{
  int64_t number;
  uint64_t over[PAGE_WORDS];
  int n_over;
  bool unsaved;
} Page;

struct _RmqBrokerLedger
{
  RmqIoDeferred save;
  RmqBrokerCore *core;
  char *table;
  RmqBrokerQueue *queue;
  int64_t first; /* page */
  bool first_unsaved;
  GHashTable *pages;  /* &page->number → Page */
  GPtrArray *unsaved; /* Page */
};

static Page *
find_page (RmqBrokerLedger *self, int64_t offset)
{
  int64_t number = offset / PAGE_RECORDS;

  return g_hash_table_lookup (self->pages, &number);
}

static Page *
add_page (RmqBrokerLedger *self, int64_t number)
{
  Page *page = g_new0 (Page, 1);

  page->number = number;
  g_hash_table_insert (self->pages, &page->number, page);
  return page;
}

static void
set_over (Page *page, int64_t offset)
{
  unsigned bit = (unsigned) (offset % PAGE_RECORDS);
  uint64_t mask = UINT64_C (1) << (bit % 64);

  if ((page->over[bit / 64] & mask) == 0)
    page->n_over++;
  page->over[bit / 64] |= mask;
}

static bool
has_over (const Page *page, int64_t offset)
{
  unsigned bit = (unsigned) (offset % PAGE_RECORDS);

  return (page->over[bit / 64] >> (bit % 64) & 1) != 0;
}

/* --- state ---------------------------------------------------------------------------------------------------- */

static void
put_number (RmqBrokerLedger *self, const char *key, int64_t number)
{
  char *text = g_strdup_printf ("%" PRId64, number);
  g_autoptr (GBytes) value = g_bytes_new_take (text, strlen (text));

  _rmq_broker_store_put_state (self->core->store, self->table, key, value);
}

static void
put_page (RmqBrokerLedger *self, Page *page)
{
  g_autofree char *key = g_strdup_printf ("%" PRId64, page->number);
  uint64_t words[PAGE_WORDS];
  g_autoptr (GBytes) value = NULL;

  page->unsaved = false;
  for (int i = 0; i < PAGE_WORDS; i++)
    words[i] = GUINT64_TO_LE (page->over[i]);
  value = g_bytes_new (words, sizeof words);
  _rmq_broker_store_put_state (self->core->store, self->table, key, value);
}

static void
forget_page (RmqBrokerLedger *self, Page *page)
{
  g_autofree char *key = g_strdup_printf ("%" PRId64, page->number);

  _rmq_broker_store_put_state (self->core->store, self->table, key, NULL);
  if (page->unsaved)
    g_ptr_array_remove_fast (self->unsaved, page);
  g_hash_table_remove (self->pages, &page->number);
}

/* Forgets pages that are full, or whose records the store gave up. */
static void
advance (RmqBrokerLedger *self)
{
  int64_t oldest = self->queue->min_offset / PAGE_RECORDS;

  for (;; self->first++)
    {
      Page *page = g_hash_table_lookup (self->pages, &self->first);

      if (self->first >= oldest && (page == NULL || page->n_over < PAGE_RECORDS))
        return;
      if (page != NULL)
        forget_page (self, page);
      self->first_unsaved = true;
    }
}

void
_rmq_broker_ledger_flush (RmqBrokerLedger *self)
{
  advance (self);
  for (unsigned i = 0; i < self->unsaved->len; i++)
    put_page (self, g_ptr_array_index (self->unsaved, i));
  g_ptr_array_set_size (self->unsaved, 0);
  if (self->first_unsaved)
    put_number (self, FIRST, self->first);
  self->first_unsaved = false;
}

static void
on_turn_end (RmqIoDeferred *deferred)
{
  _rmq_broker_ledger_flush ((RmqBrokerLedger *) deferred);
}

static void
load_one (const char *key, GBytes *value, void *data)
{
  RmqBrokerLedger *self = data;
  size_t len;
  const char *bytes = g_bytes_get_data (value, &len);
  int64_t number;

  if (g_str_equal (key, FIRST) && _rmq_property_parse_int64 (rmq_slice (bytes, len), &number) && number >= 0)
    self->first = number;
  else if (len == sizeof (uint64_t) * PAGE_WORDS && _rmq_property_parse_int64 (rmq_slice_from_string (key), &number)
           && number >= 0 && number < INT64_MAX / PAGE_RECORDS)
    {
      Page *page = add_page (self, number);

      memcpy (page->over, bytes, len);
      for (int i = 0; i < PAGE_WORDS; i++)
        {
          page->over[i] = GUINT64_FROM_LE (page->over[i]);
          page->n_over += __builtin_popcountll (page->over[i]);
        }
    }
  else
    rmq_warning ("broker", self->table, "The stored entry %s of %s cannot be read", key, self->table);
}

static void
forget_from (Page *page, int64_t offset)
{
  for (int64_t bit = offset % PAGE_RECORDS; bit < PAGE_RECORDS; bit++)
    if (has_over (page, bit))
      {
        page->over[bit / 64] &= ~(UINT64_C (1) << (bit % 64));
        page->n_over--;
      }
}

/* State may be newer than the records, when those were lost with the machine: what comes in their place is not over. */
static void
forget_the_future (RmqBrokerLedger *self)
{
  int64_t last = self->queue->max_offset / PAGE_RECORDS;
  GHashTableIter iter;
  void *value;

  self->first = MIN (self->first, last);
  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Page *page = value;

      if (page->number == last)
        forget_from (page, self->queue->max_offset);
      else if (page->number > last)
        g_hash_table_iter_remove (&iter);
    }
}

/* --- use ------------------------------------------------------------------------------------------------------ */

bool
_rmq_broker_ledger_is_over (RmqBrokerLedger *self, int64_t offset)
{
  Page *page = find_page (self, offset);

  if (page == NULL)
    return offset / PAGE_RECORDS < self->first;
  return has_over (page, offset);
}

void
_rmq_broker_ledger_end (RmqBrokerLedger *self, int64_t offset)
{
  Page *page = find_page (self, offset);

  if (page == NULL && offset / PAGE_RECORDS < self->first)
    return;
  if (page == NULL)
    page = add_page (self, offset / PAGE_RECORDS);
  set_over (page, offset);
  if (!page->unsaved)
    g_ptr_array_add (self->unsaved, page);
  page->unsaved = true;
  _rmq_io_defer (self->core->io, &self->save);
}

typedef struct
{
  RmqBrokerLedger *self;
  RmqBrokerLedgerVisit visit;
  void *data;
} Walk;

static bool
visit_stored (const RmqStoredRecord *stored, void *data)
{
  Walk *walk = data;
  RmqRecord record;

  if (_rmq_broker_ledger_is_over (walk->self, stored->queue_offset))
    return true;
  if (_rmq_record_decode (&record, stored->data, stored->size, 0, NULL))
    walk->visit (&record, walk->data);
  else
    rmq_warning ("broker", walk->self->table, "A parked message of %s is damaged", walk->self->queue->topic->name);
  return true;
}

void
_rmq_broker_ledger_foreach_open (RmqBrokerLedger *self, RmqBrokerLedgerVisit visit, void *data)
{
  Walk walk = { self, visit, data };
  int64_t from = MAX (self->first * PAGE_RECORDS, self->queue->min_offset);

  if (from < self->queue->max_offset)
    _rmq_broker_store_scan (self->core->store, self->queue, from, visit_stored, &walk);
}

RmqBrokerLedger *
_rmq_broker_ledger_new (RmqBrokerCore *core, const char *table, RmqBrokerQueue *queue)
{
  RmqBrokerLedger *self = g_new0 (RmqBrokerLedger, 1);

  self->save.run = on_turn_end;
  self->core = core;
  self->table = g_strdup (table);
  self->queue = queue;
  self->pages = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->unsaved = g_ptr_array_new ();
  _rmq_broker_store_each_state (core->store, table, load_one, self);
  forget_the_future (self);
  return self;
}

void
_rmq_broker_ledger_free (RmqBrokerLedger *self)
{
  _rmq_io_undefer (self->core->io, &self->save);
  _rmq_broker_ledger_flush (self);
  g_hash_table_unref (self->pages);
  g_ptr_array_unref (self->unsaved);
  g_free (self->table);
  g_free (self);
}
