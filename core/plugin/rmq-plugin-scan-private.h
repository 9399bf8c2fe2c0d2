/* SPDX-License-Identifier: Apache-2.0
 *
 * Where plugins are looked for, and what is found there.
 */
#pragma once

#include "rmq-plugin-manifest-private.h"

/* Each usable manifest is handed over; each one that is refused is a problem. Both are called in order. */
typedef void (*RmqPluginFound) (RmqPluginManifest *manifest, void *data);
typedef void (*RmqPluginProblem) (const GError *problem, void *data);

RMQ_PRIVATE_BEGIN

/* (transfer full): the folders of RMQ_PLUGIN_PATH as given in variable, and the system folder last. A program that runs
 * with more rights than its user (secure) does not listen to the environment. */
char **_rmq_plugin_default_paths (bool secure, const char *variable);
bool _rmq_plugin_process_is_secure (void);
const char *_rmq_plugin_system_path (void);

/* The manifests of a folder and of the folders in it, in the order of their names. False when the folder itself is
 * refused. */
bool _rmq_plugin_scan (const char *path, RmqPluginFound found, RmqPluginProblem problem, void *data, GError **error);

RMQ_PRIVATE_END
