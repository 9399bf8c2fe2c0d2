/* SPDX-License-Identifier: Apache-2.0
 *
 * What the conformance suites share: the feature to be checked comes from the command line, `check-POINT NAME
 * [KEY=VALUE…]`.
 */
#pragma once

#include "rmq-test.h"
#include <rmq/rmq.h>

G_BEGIN_DECLS

/* Call in main, after g_test_init (): takes NAME and options; {address} in a value becomes address, if that is not
 * NULL. Fails the program when something is missing. */
void check_setup (const char *point, int argc, char **argv, const char *address);
void check_teardown (void);
const char *check_get_name (void);
/* (transfer full): a new object of the feature with the options. Never NULL. */
void *check_create (void);
/* Paths are /POINT/NAME/path. */
void check_add (const char *path, GTestFunc func);

G_END_DECLS
