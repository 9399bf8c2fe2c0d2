/* SPDX-License-Identifier: Apache-2.0
 *
 * The client of a command: where its settings come from, and how it is closed.
 */
#include "rmq-cli.h"

/* Later ones win: file, environment, option. */
RmqClientInstance *
rmq_cli_make_client (RmqCli *self, const char *const *settings, GError **error)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (NULL);

  for (unsigned i = 0; settings != NULL && settings[i] != NULL; i += 2)
    if (!rmq_client_config_set (config, settings[i], settings[i + 1], error))
      return NULL;
  if (self->config_path != NULL && !rmq_client_config_load_file (config, self->config_path, error))
    return NULL;
  if (!rmq_client_config_load_environment (config, error))
    return NULL;
  if (self->name_servers != NULL && !rmq_client_config_set (config, "name-servers", self->name_servers, error))
    return NULL;
  if (self->verbosity > 1)
    {
      g_autofree char *dump = rmq_client_config_dump (config);

      rmq_cli_say (self, "%s", dump);
    }
  return rmq_client_instance_new (config);
}
