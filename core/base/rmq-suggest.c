/* SPDX-License-Identifier: Apache-2.0
 *
 * Distances between names, for errors that say what was probably meant.
 */
#include "rmq-suggest-private.h"

#include <glib.h>
#include <string.h>

#define MAX_NAME 64

/* One row of the table of distances at a time. */
unsigned
_rmq_suggest_distance (const char *a, const char *b)
{
  unsigned row[MAX_NAME + 1];
  size_t length_a = strlen (a);
  size_t length_b = strlen (b);

  if (length_a > MAX_NAME || length_b > MAX_NAME)
    return G_MAXUINT;
  for (size_t j = 0; j <= length_b; j++)
    row[j] = (unsigned) j;
  for (size_t i = 1; i <= length_a; i++)
    {
      unsigned diagonal = row[0];

      row[0] = (unsigned) i;
      for (size_t j = 1; j <= length_b; j++)
        {
          unsigned replaced = diagonal + (g_ascii_tolower (a[i - 1]) != g_ascii_tolower (b[j - 1]));

          diagonal = row[j];
          row[j] = MIN (replaced, MIN (row[j], row[j - 1]) + 1);
        }
    }
  return row[length_b];
}

const char *
_rmq_suggest_nearest (const char *name, const char *const *names, size_t n_names, unsigned max_distance)
{
  const char *best = NULL;
  unsigned best_distance = max_distance;

  for (size_t i = 0; i < n_names; i++)
    {
      unsigned distance = _rmq_suggest_distance (name, names[i]);

      if (distance > best_distance || (best != NULL && distance == best_distance))
        continue;
      best = names[i];
      best_distance = distance;
    }
  return best;
}
