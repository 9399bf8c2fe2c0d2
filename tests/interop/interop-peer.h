/* SPDX-License-Identifier: Apache-2.0
 *
 * The program that other processes drive: options, and the lines that it writes.
 */
#pragma once

#include <rmq/rmq.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct
{
  char *name_servers;
  char *topic;
  char *group;
  char *tags;
  char *compression;
  int count;
  int timeout; /* s */
  int rate;    /* messages/s; 0: as fast as it goes */
  int first;
  int threads;
  int settle_every;   /* ms; commit interval; 0: the client's */
  int route_interval; /* ms; 0: the client's */
  gboolean lean;
} PeerOptions;

/* One write each, so that what a killed process has said is there. Any thread. */
void peer_write (const char *line, size_t length);
void peer_printf (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* Appends text as a JSON string, or null. */
void peer_append_json (GString *out, const char *text);
RmqClientInstance *peer_make_client (const PeerOptions *options);

int peer_produce (const PeerOptions *options);
int peer_consume (const PeerOptions *options);
int peer_flood (const PeerOptions *options);
