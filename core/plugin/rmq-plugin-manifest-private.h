/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin's manifest: what `NAME.plugin` says of a module that has not been opened.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include <stdbool.h>
#include <stdint.h>

/* What is demanded of a file or folder before it is trusted. */
typedef enum
{
  RMQ_PLUGIN_TRUST_USER,   /* not writable for everybody */
  RMQ_PLUGIN_TRUST_SYSTEM, /* and it belongs to root, or to who runs this */
} RmqPluginTrust;

typedef struct
{
  char *point;
  char *name;
} RmqPluginProvide;

typedef struct
{
  char *name;
  char *version;
  char *description;
  char *module_path;
  RmqPluginTrust trust;
  unsigned abi_major;
  unsigned abi_minor;
  int rank;
  RmqPluginProvide *provides;
  size_t n_provides;
} RmqPluginManifest;

RMQ_PRIVATE_BEGIN

/* Reads and checks the whole file; the error names it. Nothing of the module is looked at. */
RmqPluginManifest *_rmq_plugin_manifest_read (const char *path, RmqPluginTrust trust, GError **error);
void _rmq_plugin_manifest_free (RmqPluginManifest *self);

/* Follows symbolic links. kind is S_IFREG or S_IFDIR. */
bool _rmq_plugin_check_trust (const char *path, unsigned kind, RmqPluginTrust trust, GError **error);
/* Lower case letters, digits and '-', a letter first, at most 64: names become symbols, config keys and schemes. */
bool _rmq_plugin_name_is_valid (const char *name);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqPluginManifest, _rmq_plugin_manifest_free)
