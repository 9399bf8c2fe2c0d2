/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings of a client as one table: key, kind, range, default, where it lands, what it means.
 */
#pragma once

#include "rmq-client-settings-private.h"

typedef enum
{
  RMQ_SETTING_TEXT,
  RMQ_SETTING_LIST, /* a;b;c */
  RMQ_SETTING_BOOLEAN,
  RMQ_SETTING_MILLISECONDS, /* lands as microseconds */
  RMQ_SETTING_NUMBER,       /* unsigned */
  RMQ_SETTING_BYTES,        /* size_t; k, M, G allowed */
} RmqSettingKind;

typedef struct
{
  const char *key; /* also the name of the GObject property */
  RmqSettingKind kind;
  size_t offset;            /* in RmqClientSettings */
  const char *default_text; /* NULL: not set */
  int64_t min;
  int64_t max;
} RmqSetting;

RMQ_PRIVATE_BEGIN

const RmqSetting *_rmq_settings_get_table (unsigned *n_settings);
/* -1 when unknown. */
int _rmq_settings_find (const char *key);
/* "transport.tcp.no-delay": an option of a plugin's feature. */
bool _rmq_settings_is_option (const char *key);
/* Values that must not be shown. */
bool _rmq_settings_is_secret (const char *key);
/* RMQ_ERROR_INVALID_CONFIG: unknown; with the name that was probably meant, or that another client's name has here. */
void _rmq_settings_set_unknown (const char *key, const char *origin, GError **error);
bool _rmq_setting_check (const RmqSetting *setting, const char *text, const char *origin, GError **error);
/* text was checked. */
void _rmq_setting_store (const RmqSetting *setting, const char *text, RmqClientSettings *settings);
bool _rmq_setting_parse_number (const RmqSetting *setting, const char *text, int64_t *value);

RMQ_PRIVATE_END
