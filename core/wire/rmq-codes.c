/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of codes and languages.
 */
#include <string.h>
#include "rmq-codes-private.h"

#define RMQ_NAME_CASE_(name, code)                                                                                     \
  case code:                                                                                                           \
    return #name;

const char *
_rmq_request_code_get_name (int code)
{
  switch (code)
    {
      RMQ_REQUEST_CODES (RMQ_NAME_CASE_)
    default:
      return NULL;
    }
}

const char *
_rmq_response_code_get_name (int code)
{
  switch (code)
    {
      RMQ_RESPONSE_CODES (RMQ_NAME_CASE_)
    default:
      return NULL;
    }
}

const char *
_rmq_language_get_name (RmqLanguage language)
{
  switch ((int) language)
    {
      RMQ_LANGUAGES (RMQ_NAME_CASE_)
    default:
      return NULL;
    }
}

#define RMQ_LANGUAGE_ROW_(name, code) { #name, sizeof (#name) - 1 },

RmqLanguage
_rmq_language_from_name (const char *name, size_t len)
{
  static const struct
  {
    const char *name;
    size_t len;
  } rows[] = { RMQ_LANGUAGES (RMQ_LANGUAGE_ROW_) };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].len == len && memcmp (rows[i].name, name, len) == 0)
      return (RmqLanguage) i;
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].len == len && g_ascii_strncasecmp (rows[i].name, name, len) == 0)
      return (RmqLanguage) i;
  return RMQ_LANGUAGE_UNKNOWN;
}

RmqLanguage
_rmq_language_from_code (int code)
{
  return _rmq_language_get_name ((RmqLanguage) code) != NULL ? (RmqLanguage) code : RMQ_LANGUAGE_UNKNOWN;
}
