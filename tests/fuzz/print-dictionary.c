/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints libFuzzer's dictionary of frames: the names in JSON headers, and those of every field of every header table.
 */
#include <stdio.h>
#include "wire/rmq-header-private.h"

int
main (void)
{
  static const char *const frame_names[] = { "code", "language", "version", "opaque", "flag", "remark", "extFields" };
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  size_t n_tables;
  const RmqHeaderTable *const *tables = _rmq_header_get_tables (&n_tables);

  for (size_t i = 0; i < G_N_ELEMENTS (frame_names); i++)
    printf ("\"\\\"%s\\\":\"\n", frame_names[i]);
  for (size_t i = 0; i < n_tables; i++)
    for (unsigned j = 0; j < tables[i]->n_fields; j++)
      if (g_hash_table_add (seen, (char *) tables[i]->fields[j].name))
        printf ("\"\\\"%s\\\":\\\"\"\n", tables[i]->fields[j].name);
  return 0;
}
