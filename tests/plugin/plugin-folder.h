/* SPDX-License-Identifier: Apache-2.0
 *
 * A scratch folder of plugins for the registry's tests: manifests as the test says, modules linked from the fixtures.
 */
#pragma once

#include "rmq-test.h"

G_BEGIN_DECLS

/* Writes NAME.plugin for the fixture KIND and links its module; provides, abi, rank may be NULL: the right ones. */
void plugin_folder_add (const RmqTestDir *folder,
                        const char *name,
                        const char *kind,
                        const char *provides,
                        const char *abi,
                        const char *rank);
/* kind is the name too, with '_' for '-'. */
void plugin_folder_add_fixture (const RmqTestDir *folder, const char *kind);

G_END_DECLS
