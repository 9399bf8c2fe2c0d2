/* SPDX-License-Identifier: Apache-2.0
 *
 * An address of a client: its current connection, and how soon after a failure the next may be tried.
 */
#include "rmq-channel-private.h"

#include "base/rmq-error-private.h"

/* So many connections in a row may end before anything was received on them, until that counts as a failure. */
#define MAX_USELESS 2

void
_rmq_peer_free (RmqPeer *self)
{
  rmq_endpoint_unref (self->endpoint);
  g_free (self->address);
  g_free (self->last_failure);
  g_free (self);
}

static void
back_off (RmqPeer *self, const GError *error)
{
  const RmqRemotingConfig *config = &self->client->config;
  int64_t delay_us;

  self->backoff_us =
      self->backoff_us == 0 ? config->backoff_min_us : MIN (self->backoff_us * 2, config->backoff_max_us);
  /* Between half and whole: clients that lost the same broker do not come back at the same moment. */
  delay_us = self->backoff_us / 2 + (int64_t) (g_random_double () * (double) (self->backoff_us / 2));
  self->next_attempt_us = _rmq_io_now (self->client->io) + delay_us;
  g_free (self->last_failure);
  self->last_failure = _rmq_error_dup_what (error);
}

void
_rmq_peer_channel_ended (RmqPeer *self, RmqChannel *channel, const GError *error)
{
  self->n_channels--;
  if (self->channel == channel)
    {
      self->channel = NULL;
      _rmq_link_unref (&channel->link);
    }

  if (channel->link.bytes_in > 0)
    {
      self->n_useless = 0;
      self->backoff_us = 0;
      self->next_attempt_us = 0;
    }
  else if (error != NULL && (!channel->link.opened || ++self->n_useless > MAX_USELESS))
    back_off (self, error);
}

/* While the address backs off a request fails at once, so that its caller can go elsewhere. */
static bool
may_connect (RmqPeer *self, GError **error)
{
  int64_t left_us = self->next_attempt_us - _rmq_io_now (self->client->io);

  if (self->next_attempt_us == 0 || left_us <= 0)
    return true;
  _rmq_set_error (error, RMQ_ERROR_CONNECT_FAILED, NULL, "%s (the next attempt is due in %" G_GINT64_FORMAT " ms)",
                  self->last_failure, left_us / 1000);
  return false;
}

void
_rmq_peer_invoke (RmqPeer *self, RmqInvocation *invocation)
{
  GError *error = NULL;

  if (self->channel == NULL)
    {
      if (!may_connect (self, &error))
        {
          invocation->phase = RMQ_PHASE_CONNECT;
          _rmq_remoting_client_fail_later (self->client, invocation, error);
          return;
        }
      self->channel = _rmq_channel_new (self);
      self->n_channels++;
    }
  if (!_rmq_channel_invoke (self->channel, invocation, &error))
    {
      invocation->phase = RMQ_PHASE_QUEUED;
      _rmq_remoting_client_fail_later (self->client, invocation, error);
    }
}
