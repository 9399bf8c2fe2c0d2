/* SPDX-License-Identifier: Apache-2.0
 *
 * The module of faults: decides which request one of them happens to, and to which answer.
 */
#include "rmq-broker-fault-private.h"

#include <inttypes.h>
#include "base/rmq-log-private.h"
#include "broker/rmq-broker-core-private.h"
#include "rmq-broker-fault-answer-private.h"
#include "broker/rmq-broker-modules-private.h"

/* A request whose answer is to be faulty. */
typedef struct
{
  RmqServerConnection *connection;
  int32_t opaque;
  RmqFault *fault;
} Marked;

typedef struct
{
  GPtrArray *faults; /* in the order in which they were asked for */
  GHashTable *marked;
  RmqFaultAnswers answers;
} Faults;

static unsigned
marked_hash (const void *key)
{
  const Marked *marked = key;

  return g_direct_hash (marked->connection) ^ ((unsigned) marked->opaque * 2654435761u);
}

static gboolean
marked_equal (const void *a, const void *b)
{
  const Marked *one = a;
  const Marked *other = b;

  return one->connection == other->connection && one->opaque == other->opaque;
}

static void
marked_free (void *data)
{
  Marked *marked = data;

  _rmq_fault_unref (marked->fault);
  g_free (marked);
}

/* --- which request ------------------------------------------------------------------------------------------- */

static bool
has_code (const RmqFault *fault, int32_t code)
{
  if (fault->codes == NULL)
    return true;
  for (unsigned i = 0; i < fault->codes->len; i++)
    if (g_array_index (fault->codes, int32_t, i) == code)
      return true;
  return false;
}

/* wanted NULL: any. The names are those of all headers, and the short ones of SEND_MESSAGE_V2 and its like. */
static bool
has_field (const RmqFrame *frame, const char *wanted, const char *const *names)
{
  RmqSlice value;

  for (; wanted != NULL && *names != NULL; names++)
    if (_rmq_frame_get_ext (frame, *names, &value) && rmq_slice_equal_string (value, wanted))
      return true;
  return wanted == NULL;
}

static bool
is_meant (const RmqFault *fault, const RmqBrokerRequest *request)
{
  static const char *const topic_names[] = { "topic", "b", "originTopic", NULL };
  static const char *const group_names[] = { "consumerGroup", "producerGroup", "group", "a", NULL };

  return has_code (fault, request->ticket.code) && !(request->ticket.oneway && rmq_fault_is_of_answer (fault))
         && has_field (request->frame, fault->topic, topic_names)
         && has_field (request->frame, fault->group, group_names);
}

/* (transfer full) The first one that is meant and not used up; NULL: none. */
static RmqFault *
pick (Faults *self, const RmqBrokerRequest *request)
{
  for (unsigned i = 0; i < self->faults->len; i++)
    {
      RmqFault *fault = g_ptr_array_index (self->faults, i);

      if (!is_meant (fault, request))
        continue;
      if (fault->skip > 0)
        {
          fault->skip--;
          continue;
        }
      fault->fired++;
      _rmq_fault_ref (fault);
      if (fault->times > 0 && --fault->times == 0)
        g_ptr_array_remove_index (self->faults, i);
      return fault;
    }
  return NULL;
}

/* --- hooks --------------------------------------------------------------------------------------------------- */

static void
answer_with_code (RmqBrokerCore *core, const RmqFault *fault, const RmqBrokerTicket *ticket)
{
  RmqBrokerAnswer answer = { .code = fault->code, .remark = fault->remark };

  _rmq_broker_write (core, ticket, &answer);
}

static void
mark (Faults *self, const RmqBrokerTicket *ticket, RmqFault *fault)
{
  Marked *marked = g_new (Marked, 1);

  *marked = (Marked){ ticket->connection, ticket->opaque, _rmq_fault_ref (fault) };
  g_hash_table_replace (self->marked, marked, marked);
}

/* True: the request is taken. */
static bool
happen (RmqBrokerCore *core, Faults *self, RmqFault *fault, const RmqBrokerRequest *request)
{
  switch (fault->kind)
    {
    case RMQ_FAULT_CODE:
      answer_with_code (core, fault, &request->ticket);
      return true;
    case RMQ_FAULT_DROP:
      return true;
    case RMQ_FAULT_CUT:
      _rmq_server_connection_close (request->ticket.connection);
      return true;
    case RMQ_FAULT_CLOCK:
      core->skew_ms += fault->least;
      return false;
    default:
      mark (self, &request->ticket, fault);
      return false;
    }
}

static bool
faults_request_in (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  Faults *self = data;
  const char *address = _rmq_server_connection_get_peer (request->ticket.connection);
  RmqFault *fault;
  bool taken;

  if (G_LIKELY (self->faults->len == 0) || request->ticket.code == RMQ_BROKER_REQUEST_FAULTS)
    return false;
  fault = pick (self, request);
  if (fault == NULL)
    return false;
  rmq_info ("broker", address, "%s: a fault for request %d: %s", address, request->ticket.code, fault->text);
  if (core->events.fault_fired != NULL)
    core->events.fault_fired (fault->text, request->ticket.code, address, core->events_data);
  taken = happen (core, self, fault, request);
  _rmq_fault_unref (fault);
  return taken;
}

static bool
faults_reply_out (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqBrokerAnswer *answer, void *data)
{
  Faults *self = data;
  Marked key = { ticket->connection, ticket->opaque, NULL };
  Marked *marked;

  if (G_LIKELY (g_hash_table_size (self->marked) == 0) || ticket->oneway)
    return false;
  marked = g_hash_table_lookup (self->marked, &key);
  if (marked == NULL)
    return false;
  g_hash_table_steal (self->marked, marked);
  _rmq_fault_answer (&self->answers, marked->fault, ticket, answer);
  marked_free (marked);
  return true;
}

static gboolean
is_of_connection (void *key, void *value, void *connection)
{
  return ((Marked *) value)->connection == connection;
}

static void
faults_connection_closed (RmqBrokerCore *core, RmqBrokerPeer *peer, void *data)
{
  Faults *self = data;

  if (g_hash_table_size (self->marked) > 0)
    g_hash_table_foreach_remove (self->marked, is_of_connection, peer->connection);
}

/* --- asking for them ----------------------------------------------------------------------------------------- */

static Faults *
faults_of (RmqBrokerCore *core)
{
  return _rmq_broker_core_get_module_data (core, &rmq_broker_faults_module);
}

bool
_rmq_broker_faults_add (RmqBrokerCore *core, const char *text, GError **error)
{
  Faults *self = faults_of (core);
  g_autoptr (GPtrArray) more = _rmq_broker_faults_parse (text, error);

  if (more == NULL)
    return false;
  for (unsigned i = 0; i < more->len; i++)
    g_ptr_array_add (self->faults, _rmq_fault_ref (g_ptr_array_index (more, i)));
  return true;
}

void
_rmq_broker_faults_clear (RmqBrokerCore *core)
{
  g_ptr_array_set_size (faults_of (core)->faults, 0);
}

bool
_rmq_broker_faults_replace (RmqBrokerCore *core, const char *text, GError **error)
{
  g_autoptr (GPtrArray) faults = _rmq_broker_faults_parse (text, error);

  if (faults == NULL)
    return false;
  if (core == NULL)
    return true;
  _rmq_broker_faults_clear (core);
  return _rmq_broker_faults_add (core, text, error);
}

static void
answer_list (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const Faults *self)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GBytes) body = NULL;

  for (unsigned i = 0; i < self->faults->len; i++)
    {
      const RmqFault *fault = g_ptr_array_index (self->faults, i);

      g_string_append_printf (text, "fired %" PRIu64 "\t%s\n", fault->fired, fault->text);
    }
  body = g_string_free_to_bytes (text);
  _rmq_broker_answer_bytes (core, ticket, body);
}

static void
handle_faults (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqFrame *frame = request->frame;
  g_autofree char *text = g_strndup (frame->body.data != NULL ? frame->body.data : "", frame->body.len);
  g_autoptr (GError) error = NULL;
  RmqSlice add;
  bool keep = _rmq_frame_get_ext (frame, "add", &add) && rmq_slice_equal_string (add, "true");

  if (keep ? _rmq_broker_faults_add (core, text, &error) : _rmq_broker_faults_replace (core, text, &error))
    answer_list (core, &request->ticket, data);
  else
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_INVALID_PARAMETER, "%s", error->message);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

static bool
faults_start (RmqBrokerCore *core, void **data, GError **error)
{
  Faults *self = g_new0 (Faults, 1);

  self->faults = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_fault_unref);
  self->marked = g_hash_table_new_full (marked_hash, marked_equal, NULL, marked_free);
  _rmq_fault_answers_init (&self->answers, core);
  *data = self;
  return true;
}

static void
faults_stop (RmqBrokerCore *core, void *data)
{
  Faults *self = data;

  _rmq_fault_answers_clear (&self->answers);
  g_hash_table_unref (self->marked);
  g_ptr_array_unref (self->faults);
  g_free (self);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_BROKER_REQUEST_FAULTS, handle_faults },
};

const RmqBrokerModule rmq_broker_faults_module = {
  .name = "faults",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = faults_start,
  .stop = faults_stop,
  .request_in = faults_request_in,
  .reply_out = faults_reply_out,
  .connection_closed = faults_connection_closed,
};
