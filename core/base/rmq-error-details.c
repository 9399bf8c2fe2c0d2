/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqErrorDetails: what was tried, where, how far it came and how long it took. Grows while an operation runs; the
 * errors made from it hold copies that no longer change.
 */
#include "rmq-error-details-private.h"
#include "rmq-error-table-private.h"
#include "rmq-sync-private.h"

#define MAX_ATTEMPTS 16
#define N_FIRST_ATTEMPTS (MAX_ATTEMPTS / 2)
#define MAX_CAUSE_BYTES 512

typedef struct
{
  unsigned number; /* from 1 */
  RmqPhase phase;
  int64_t elapsed_ms;
  char *address; /* or NULL */
  char *cause;   /* or NULL */
} Attempt;

struct _RmqErrorDetails
{
  int ref_count;
  int broker_code;
  RmqOutcome outcome;
  bool outcome_known;
  unsigned n_tried;
  unsigned n_attempts;
  Attempt attempts[MAX_ATTEMPTS];
};

/**
 * RmqErrorDetails:
 *
 * What an operation tried before it failed.
 *
 * One entry for each attempt, with the address, the phase it reached, the
 * time it took and the cause of its end; the code of the last broker that
 * answered; and what is known of the operation's effect.
 *
 * Details do not change once they are in the hands of an application, and
 * may be used from any thread.
 */
G_DEFINE_BOXED_TYPE (RmqErrorDetails, rmq_error_details, rmq_error_details_ref, rmq_error_details_unref)

RmqErrorDetails *
_rmq_error_details_new (void)
{
  RmqErrorDetails *self = g_new0 (RmqErrorDetails, 1);

  self->ref_count = 1;
  return self;
}

RmqErrorDetails *
_rmq_error_details_copy (const RmqErrorDetails *self)
{
  RmqErrorDetails *copy = _rmq_error_details_new ();

  copy->broker_code = self->broker_code;
  copy->outcome = self->outcome;
  copy->outcome_known = self->outcome_known;
  copy->n_tried = self->n_tried;
  copy->n_attempts = self->n_attempts;
  for (unsigned i = 0; i < self->n_attempts; i++)
    {
      copy->attempts[i] = self->attempts[i];
      copy->attempts[i].address = g_strdup (self->attempts[i].address);
      copy->attempts[i].cause = g_strdup (self->attempts[i].cause);
    }
  return copy;
}

/**
 * rmq_error_details_ref:
 * @self: details
 *
 * Takes another reference. May be called from any thread.
 *
 * Returns: (transfer full): @self
 */
RmqErrorDetails *
rmq_error_details_ref (RmqErrorDetails *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

static void
attempt_clear (Attempt *attempt)
{
  g_clear_pointer (&attempt->address, g_free);
  g_clear_pointer (&attempt->cause, g_free);
}

/**
 * rmq_error_details_unref:
 * @self: (transfer full): details
 *
 * Drops a reference. May be called from any thread.
 */
void
rmq_error_details_unref (RmqErrorDetails *self)
{
  g_return_if_fail (self != NULL);

  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  for (unsigned i = 0; i < self->n_attempts; i++)
    attempt_clear (&self->attempts[i]);
  g_free (self);
}

char *
_rmq_error_text_limit (const char *text, size_t max_bytes)
{
  g_autofree char *head = NULL;
  g_autofree char *valid = NULL;
  size_t len = strnlen (text, max_bytes + 1);

  if (len <= max_bytes)
    return g_utf8_make_valid (text, (gssize) len);
  /* Not through the middle of a character. */
  len = max_bytes;
  while (len > 0 && ((unsigned char) text[len] & 0xc0) == 0x80)
    len--;
  head = g_strndup (text, len);
  valid = g_utf8_make_valid (head, (gssize) len);
  return g_strconcat (valid, "…", NULL);
}

void
_rmq_error_details_add_attempt (RmqErrorDetails *self,
                                const char *address,
                                RmqPhase phase,
                                int64_t elapsed_ms,
                                const char *cause)
{
  Attempt *attempt;

  g_return_if_fail (self != NULL);

  self->n_tried++;
  if (self->n_attempts == MAX_ATTEMPTS)
    {
      /* The oldest of the later half makes room: how it began and how it ended tell most. */
      attempt_clear (&self->attempts[N_FIRST_ATTEMPTS]);
      memmove (&self->attempts[N_FIRST_ATTEMPTS], &self->attempts[N_FIRST_ATTEMPTS + 1],
               (MAX_ATTEMPTS - N_FIRST_ATTEMPTS - 1) * sizeof (Attempt));
      self->n_attempts--;
    }
  attempt = &self->attempts[self->n_attempts++];
  attempt->number = self->n_tried;
  attempt->phase = phase;
  attempt->elapsed_ms = MAX (elapsed_ms, 0);
  attempt->address = address != NULL ? _rmq_error_text_limit (address, MAX_CAUSE_BYTES) : NULL;
  attempt->cause = cause != NULL ? _rmq_error_text_limit (cause, MAX_CAUSE_BYTES) : NULL;
}

void
_rmq_error_details_set_broker_code (RmqErrorDetails *self, int code)
{
  g_return_if_fail (self != NULL);

  self->broker_code = code;
}

void
_rmq_error_details_set_outcome (RmqErrorDetails *self, RmqOutcome outcome)
{
  g_return_if_fail (self != NULL);

  self->outcome = outcome;
  self->outcome_known = true;
}

bool
_rmq_error_details_knows_outcome (const RmqErrorDetails *self)
{
  return self->outcome_known;
}

/**
 * rmq_error_details_get_broker_code:
 * @self: details
 *
 * Gets the response code of the last broker or name server that answered
 * (`ResponseCode` in RocketMQ's Java client).
 *
 * Returns: the code, or 0 when none answered
 */
int
rmq_error_details_get_broker_code (const RmqErrorDetails *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->broker_code;
}

/**
 * rmq_error_details_get_outcome:
 * @self: details
 *
 * Gets what is known of the effect of the operation.
 *
 * Returns: the outcome; [enum@Rmq.Outcome.NOT_STORED] for operations that
 *   do not write
 */
RmqOutcome
rmq_error_details_get_outcome (const RmqErrorDetails *self)
{
  g_return_val_if_fail (self != NULL, RMQ_OUTCOME_NOT_STORED);

  return self->outcome;
}

/**
 * rmq_error_details_get_n_attempts:
 * @self: details
 *
 * Gets how many attempts are described. After more than 16 of them these
 * are the first and the last ones.
 *
 * Returns: the number of attempts
 */
unsigned
rmq_error_details_get_n_attempts (const RmqErrorDetails *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_attempts;
}

/**
 * rmq_error_details_get_attempt_address:
 * @self: details
 * @attempt: index, from 0
 *
 * Gets where an attempt went.
 *
 * Returns: (nullable) (transfer none): the address, or %NULL when the attempt
 *   had none or there is no such attempt
 */
const char *
rmq_error_details_get_attempt_address (const RmqErrorDetails *self, unsigned attempt)
{
  g_return_val_if_fail (self != NULL, NULL);

  return attempt < self->n_attempts ? self->attempts[attempt].address : NULL;
}

/**
 * rmq_error_details_get_attempt_phase:
 * @self: details
 * @attempt: index, from 0
 *
 * Gets how far an attempt came.
 *
 * Returns: the phase; [enum@Rmq.Phase.NONE] when there is no such attempt
 */
RmqPhase
rmq_error_details_get_attempt_phase (const RmqErrorDetails *self, unsigned attempt)
{
  g_return_val_if_fail (self != NULL, RMQ_PHASE_NONE);

  return attempt < self->n_attempts ? self->attempts[attempt].phase : RMQ_PHASE_NONE;
}

/**
 * rmq_error_details_get_attempt_elapsed:
 * @self: details
 * @attempt: index, from 0
 *
 * Gets how long an attempt took.
 *
 * Returns: the time in milliseconds; 0 when there is no such attempt
 */
int64_t
rmq_error_details_get_attempt_elapsed (const RmqErrorDetails *self, unsigned attempt)
{
  g_return_val_if_fail (self != NULL, 0);

  return attempt < self->n_attempts ? self->attempts[attempt].elapsed_ms : 0;
}

/**
 * rmq_error_details_get_attempt_cause:
 * @self: details
 * @attempt: index, from 0
 *
 * Gets why an attempt ended.
 *
 * Returns: (nullable) (transfer none): a text for people, or %NULL when
 *   nothing is known or there is no such attempt
 */
const char *
rmq_error_details_get_attempt_cause (const RmqErrorDetails *self, unsigned attempt)
{
  g_return_val_if_fail (self != NULL, NULL);

  return attempt < self->n_attempts ? self->attempts[attempt].cause : NULL;
}

static const char *
phase_text (RmqPhase phase)
{
  static const char *const texts[] = {
    [RMQ_PHASE_NONE] = "nothing tried", [RMQ_PHASE_ROUTE] = "route", [RMQ_PHASE_CONNECT] = "connect",
    [RMQ_PHASE_QUEUED] = "queued",      [RMQ_PHASE_WRITE] = "write", [RMQ_PHASE_WAIT] = "wait",
    [RMQ_PHASE_ANSWERED] = "answered",
  };

  return (unsigned) phase < G_N_ELEMENTS (texts) ? texts[phase] : "unknown";
}

static const char *
outcome_text (RmqOutcome outcome)
{
  static const char *const texts[] = {
    [RMQ_OUTCOME_NOT_STORED] = "not stored",
    [RMQ_OUTCOME_MAYBE_STORED] = "maybe stored",
    [RMQ_OUTCOME_STORED] = "stored",
  };

  return (unsigned) outcome < G_N_ELEMENTS (texts) ? texts[outcome] : "unknown";
}

static void
append_facts (const RmqErrorDetails *self, GString *text, const char *separator)
{
  if (self->broker_code != 0)
    {
      const RmqBrokerCode *row = _rmq_broker_code_find (self->broker_code);

      g_string_append_printf (text, "%sbroker code %d", separator, self->broker_code);
      if (row != NULL)
        g_string_append_printf (text, " %s", row->name);
      separator = "; ";
    }
  if (self->outcome_known)
    g_string_append_printf (text, "%s%s", separator, outcome_text (self->outcome));
}

static void
append_attempt (const Attempt *attempt, GString *text, const char *separator)
{
  g_string_append_printf (text, "%sattempt %u", separator, attempt->number);
  if (attempt->address != NULL)
    g_string_append_printf (text, " %s", attempt->address);
  g_string_append_printf (text, " %s %" G_GINT64_FORMAT " ms", phase_text (attempt->phase), attempt->elapsed_ms);
  if (attempt->cause != NULL)
    g_string_append_printf (text, ": %s", attempt->cause);
}

void
_rmq_error_details_append (const RmqErrorDetails *self, GString *text, const char *separator)
{
  size_t start = text->len;

  append_facts (self, text, separator);
  for (unsigned i = 0; i < self->n_attempts; i++)
    {
      unsigned before = i > 0 ? self->attempts[i - 1].number : 0;

      if (text->len > start)
        separator = "; ";
      if (self->attempts[i].number > before + 1)
        g_string_append_printf (text, "%s%u more", separator, self->attempts[i].number - before - 1);
      append_attempt (&self->attempts[i], text, separator);
    }
}

/**
 * rmq_error_details_to_string:
 * @self: details
 *
 * Describes the details in one line, such as
 * `broker code 2 SYSTEM_BUSY; not stored; attempt 1 127.0.0.1:10911 answered 3 ms: busy`.
 *
 * Returns: (transfer full): the text, perhaps empty
 */
char *
rmq_error_details_to_string (const RmqErrorDetails *self)
{
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  text = g_string_new (NULL);
  _rmq_error_details_append (self, text, "");
  return g_string_free (text, FALSE);
}
