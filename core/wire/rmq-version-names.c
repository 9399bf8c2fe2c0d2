/* SPDX-License-Identifier: Apache-2.0
 *
 * MQVersion: ordinals of an enum in which every release has a snapshot just below it. From 3.1.0 on they follow a rule
 * with two irregular stretches; before, they are a list.
 */
#include <stdio.h>
#include <stdbool.h>
#include <string.h>
#include "rmq-codes-private.h"

#define FIRST_REGULAR 46 /* V3_1_0_SNAPSHOT */

static const char *const early[] = {
  "V3_0_0_SNAPSHOT", "V3_0_0_ALPHA1",         "V3_0_0_BETA1", "V3_0_0_BETA2",
  "V3_0_0_BETA3",    "V3_0_0_BETA4",          "V3_0_0_BETA5", "V3_0_0_BETA6_SNAPSHOT",
  "V3_0_0_BETA6",    "V3_0_0_BETA7_SNAPSHOT", "V3_0_0_BETA7", "V3_0_0_BETA8_SNAPSHOT",
  "V3_0_0_BETA8",    "V3_0_0_BETA9_SNAPSHOT", "V3_0_0_BETA9", "V3_0_0_FINAL",
};

/* Releases first_patch … of a minor version; each takes two ordinals, the snapshot first. */
typedef struct
{
  int first_ordinal;
  int major;
  int first_minor;
  int first_patch;
  int n_patches; /* in each minor version */
  int n_minors;
} Stretch;

static const Stretch stretches[] = {
  { G_N_ELEMENTS (early), 3, 0, 1, 15, 1 },
  { FIRST_REGULAR, 3, 1, 0, 10, 2 },
  { 86, 3, 3, 1, 9, 7 },
  { 212, 4, 0, 0, 10, 10 },
  { 412, 5, 0, 0, 10, 10 },
};

const char *
_rmq_version_get_name (int version, char name[RMQ_VERSION_NAME_SIZE])
{
  const Stretch *stretch = &stretches[0];
  int index;

  if (version < 0)
    return g_strlcpy (name, "UNKNOWN", RMQ_VERSION_NAME_SIZE), name;
  if (version >= RMQ_VERSION_HIGHER)
    return g_strlcpy (name, "HIGHER_VERSION", RMQ_VERSION_NAME_SIZE), name;
  if (version < (int) G_N_ELEMENTS (early))
    return g_strlcpy (name, early[version], RMQ_VERSION_NAME_SIZE), name;

  for (size_t i = 0; i < G_N_ELEMENTS (stretches); i++)
    if (version >= stretches[i].first_ordinal)
      stretch = &stretches[i];
  index = (version - stretch->first_ordinal) / 2;
  g_snprintf (name, RMQ_VERSION_NAME_SIZE, "V%d_%d_%d%s", stretch->major,
              stretch->first_minor + index / stretch->n_patches, stretch->first_patch + index % stretch->n_patches,
              (version - stretch->first_ordinal) % 2 == 0 ? "_SNAPSHOT" : "");
  return name;
}

static int
ordinal_of (int major, int minor, int patch, bool snapshot)
{
  for (size_t i = 0; i < G_N_ELEMENTS (stretches); i++)
    {
      const Stretch *s = &stretches[i];
      int m = minor - s->first_minor;
      int p = patch - s->first_patch;

      if (major == s->major && m >= 0 && m < s->n_minors && p >= 0 && p < s->n_patches)
        return s->first_ordinal + (m * s->n_patches + p) * 2 + !snapshot;
    }
  return major >= 5 ? RMQ_VERSION_HIGHER : -1;
}

int
_rmq_version_from_name (const char *name)
{
  int major, minor, patch;
  int end = 0;
  bool snapshot;

  for (size_t i = 0; i < G_N_ELEMENTS (early); i++)
    if (strcmp (name, early[i]) == 0)
      return (int) i;
  if (strcmp (name, "HIGHER_VERSION") == 0)
    return RMQ_VERSION_HIGHER;
  if (sscanf (name, "V%4d_%4d_%4d%n", &major, &minor, &patch, &end) != 3 || end == 0)
    return -1;
  snapshot = strcmp (name + end, "_SNAPSHOT") == 0;
  if (!snapshot && name[end] != '\0')
    return -1;
  return ordinal_of (major, minor, patch, snapshot);
}
