/* SPDX-License-Identifier: Apache-2.0
 *
 * How errors are told: one line that says what and what to try, and an exit code that scripts can use.
 */
#include "rmq-cli.h"
#include <stdio.h>

RmqCliExit
rmq_cli_exit_of_error (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return RMQ_CLI_INTERRUPTED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return RMQ_CLI_TIMED_OUT;
  if (error->domain != RMQ_ERROR)
    return RMQ_CLI_FAILED;

  switch ((RmqError) error->code)
    {
    case RMQ_ERROR_INVALID_ARGUMENT:
    case RMQ_ERROR_INVALID_CONFIG:
    case RMQ_ERROR_NOT_FOUND:
    case RMQ_ERROR_PLUGIN_NOT_FOUND:
    case RMQ_ERROR_MESSAGE_ILLEGAL:
      return RMQ_CLI_USAGE;
    case RMQ_ERROR_CONNECT_FAILED:
    case RMQ_ERROR_CONNECTION_LOST:
    case RMQ_ERROR_NO_NAME_SERVER:
    case RMQ_ERROR_BROKER_NOT_FOUND:
      return RMQ_CLI_NO_CONNECTION;
    case RMQ_ERROR_NO_PERMISSION:
      return RMQ_CLI_NOT_PERMITTED;
    case RMQ_ERROR_TIMED_OUT:
      return RMQ_CLI_TIMED_OUT;
    case RMQ_ERROR_CANCELLED:
      return RMQ_CLI_INTERRUPTED;
    default:
      return RMQ_CLI_FAILED;
    }
}

RmqCliExit
rmq_cli_fail (RmqCli *self, GError *error)
{
  RmqCliExit code = rmq_cli_exit_of_error (error);

  fprintf (stderr, "rmq%s%s: %s\n", self->command != NULL ? " " : "", self->command != NULL ? self->command : "",
           error->message);
  g_error_free (error);
  return code;
}

RmqCliExit
rmq_cli_fail_usage (RmqCli *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "rmq%s%s: %s\n  Try \"rmq%s%s --help\".\n", self->command != NULL ? " " : "",
           self->command != NULL ? self->command : "", text, self->command != NULL ? " " : "",
           self->command != NULL ? self->command : "");
  return RMQ_CLI_USAGE;
}

void
rmq_cli_say (RmqCli *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "%s\n", text);
}
