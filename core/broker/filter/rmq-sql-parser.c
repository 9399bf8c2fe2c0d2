/* SPDX-License-Identifier: Apache-2.0
 *
 * The grammar of SQL92 expressions, by recursive descent. As in the Java parser the expression ends where it cannot
 * go on: what stands behind is not an error, unless not even a token begins there.
 */
#include "rmq-sql-parser-private.h"

#include <rmq/rmq.h>
#include "rmq-sql-lexer-private.h"
#include "rmq-sql-private.h"

#define SHOWN_LENGTH 40 /* of a token in an error */

typedef struct
{
  const char *start;
  const char *at; /* behind the token */
  const char *end;
  RmqSqlToken token; /* to be taken next */
  GPtrArray *names;
  GHashTable *numbers; /* name to its number + 1 */
  unsigned depth;
  unsigned n_nodes;
  GError **error;
} Parser;

static RmqSqlNode *parse_or (Parser *self);
static RmqSqlNode *parse_unary (Parser *self);

static void *
fail (Parser *self, const char *reason)
{
  glong n = g_utf8_strlen (self->start, self->token.text.data - self->start);

  g_set_error (self->error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION, "SQL92 expression, near character %ld: %s", n + 1,
               reason);
  return NULL;
}

static void *
fail_unexpected (Parser *self, const char *expected)
{
  g_autofree char *reason = NULL;
  RmqSlice text = self->token.text;
  const char *shown_end;

  if (self->token.type == RMQ_SQL_TOKEN_END)
    reason = g_strdup_printf ("it ends where %s is expected", expected);
  else if (self->token.type == RMQ_SQL_TOKEN_BAD)
    reason = g_strdup (*text.data == '\'' ? "a string without its closing quote" : "a character that begins nothing");
  else
    {
      g_utf8_validate_len (text.data, MIN (text.len, SHOWN_LENGTH), &shown_end); /* whole characters */
      reason = g_strdup_printf ("%.*s stands where %s is expected", (int) (shown_end - text.data), text.data, expected);
    }
  return fail (self, reason);
}

static void
advance (Parser *self)
{
  self->token = _rmq_sql_lex (&self->at, self->end);
}

static bool
accept (Parser *self, RmqSqlTokenType type)
{
  if (self->token.type != type)
    return false;
  advance (self);
  return true;
}

static bool
expect (Parser *self, RmqSqlTokenType type, const char *what)
{
  if (accept (self, type))
    return true;
  fail_unexpected (self, what);
  return false;
}

/* --- Nodes within their bounds ------------------------------------------------------------------------------------ */

static RmqSqlNode *
make_node (Parser *self, RmqSqlNodeType type)
{
  if (self->n_nodes == RMQ_SQL_MAX_NODES)
    return fail (self, "it has more operands and operators than this broker takes");
  self->n_nodes++;
  return _rmq_sql_node_new (type);
}

/* Takes operand, also when it fails. */
static RmqSqlNode *
make_unary (Parser *self, RmqSqlNodeType type, RmqSqlNode *operand)
{
  g_autoptr (RmqSqlNode) taken = operand;
  RmqSqlNode *node;

  if (taken->depth >= RMQ_SQL_MAX_DEPTH)
    return fail (self, "it is nested more deeply than this broker takes");
  node = make_node (self, type);
  if (node != NULL)
    _rmq_sql_node_add (node, g_steal_pointer (&taken));
  return node;
}

static RmqSqlNode *
make_binary (Parser *self, RmqSqlNodeType type, RmqSqlNode *left, RmqSqlNode *right)
{
  g_autoptr (RmqSqlNode) taken = right;
  g_autoptr (RmqSqlNode) node = make_unary (self, type, left);

  if (node == NULL)
    return NULL;
  if (taken->depth >= RMQ_SQL_MAX_DEPTH)
    return fail (self, "it is nested more deeply than this broker takes");
  _rmq_sql_node_add (node, g_steal_pointer (&taken));
  return g_steal_pointer (&node);
}

static RmqSqlNode *
make_boolean (Parser *self, RmqSqlNode *operand)
{
  g_autoptr (RmqSqlNode) taken = operand;

  if (rmq_sql_node_is_boolean (taken))
    return g_steal_pointer (&taken);
  if (taken->type == RMQ_SQL_NODE_PROPERTY)
    return make_unary (self, RMQ_SQL_NODE_CAST, g_steal_pointer (&taken));
  return fail (self, "a value stands where a condition is expected");
}

/* AND and OR of many operands are one node, so that long ones are not deep. Takes both. */
static RmqSqlNode *
make_logic (Parser *self, RmqSqlNodeType type, RmqSqlNode *left, RmqSqlNode *right)
{
  g_autoptr (RmqSqlNode) last = right;
  g_autoptr (RmqSqlNode) node = make_boolean (self, left);

  if (node != NULL)
    last = make_boolean (self, g_steal_pointer (&last));
  if (node == NULL || last == NULL)
    return NULL;
  if (node->type != type)
    return make_binary (self, type, g_steal_pointer (&node), g_steal_pointer (&last));
  if (last->depth >= RMQ_SQL_MAX_DEPTH)
    return fail (self, "it is nested more deeply than this broker takes");
  _rmq_sql_node_add (node, g_steal_pointer (&last));
  return g_steal_pointer (&node);
}

/* --- Literals and names ------------------------------------------------------------------------------------------- */

/* The string of the token, without quotes and with '' as '. */
static RmqSlice
dup_string (RmqSlice token)
{
  char *text = g_malloc (token.len);
  size_t len = 0;

  for (size_t i = 1; i < token.len - 1; i++)
    {
      text[len++] = token.data[i];
      if (token.data[i] == '\'')
        i++;
    }
  text[len] = '\0';
  return rmq_slice (text, len);
}

static RmqSqlNode *
parse_string (Parser *self)
{
  RmqSqlNode *node = make_node (self, RMQ_SQL_NODE_CONSTANT);

  if (node == NULL)
    return NULL;
  node->value.type = RMQ_SQL_STRING;
  node->value.string = dup_string (self->token.text);
  advance (self);
  return node;
}

static RmqSqlNode *
parse_decimal (Parser *self)
{
  g_autoptr (RmqSqlNode) node = make_node (self, RMQ_SQL_NODE_CONSTANT);
  RmqSlice digits = self->token.text;
  int64_t number;

  if (node == NULL)
    return NULL;
  if (g_ascii_tolower (digits.data[digits.len - 1]) == 'l')
    digits.len--;
  if (!_rmq_sql_parse_long (digits, &number))
    return fail (self, "a number beyond 64 bits");
  node->value.type = number >= INT32_MIN && number <= INT32_MAX ? RMQ_SQL_INT : RMQ_SQL_LONG;
  node->value.integer = number;
  advance (self);
  return g_steal_pointer (&node);
}

static RmqSqlNode *
parse_float (Parser *self)
{
  g_autoptr (RmqSqlNode) node = make_node (self, RMQ_SQL_NODE_CONSTANT);
  double number;

  if (node == NULL)
    return NULL;
  /* 0.0 is refused too: it is less than the least number that counts. */
  if (!_rmq_sql_parse_double (self->token.text, &number) || number > G_MAXDOUBLE || number == 0)
    return fail (self, "a floating point number that is 0 or beyond the range");
  node->value.type = RMQ_SQL_DOUBLE;
  node->value.number = number;
  advance (self);
  return g_steal_pointer (&node);
}

static RmqSqlNode *
parse_constant (Parser *self, RmqSqlValue value)
{
  RmqSqlNode *node = make_node (self, RMQ_SQL_NODE_CONSTANT);

  if (node != NULL)
    node->value = value;
  advance (self);
  return node;
}

static RmqSqlNode *
parse_property (Parser *self)
{
  RmqSqlNode *node = make_node (self, RMQ_SQL_NODE_PROPERTY);
  g_autofree char *name = rmq_slice_dup (self->token.text);
  unsigned number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, name));

  if (node == NULL)
    return NULL;
  if (number == 0 && self->names->len == RMQ_SQL_MAX_PROPERTIES)
    {
      _rmq_sql_node_free (node);
      return fail (self, "it names more properties than this broker takes");
    }
  if (number == 0)
    {
      number = self->names->len + 1;
      g_hash_table_insert (self->numbers, name, GUINT_TO_POINTER (number));
      g_ptr_array_add (self->names, g_steal_pointer (&name));
    }
  node->property = number - 1;
  advance (self);
  return node;
}

static RmqSqlNode *
parse_parentheses (Parser *self)
{
  g_autoptr (RmqSqlNode) node = NULL;

  advance (self);
  node = parse_or (self);
  if (node == NULL || !expect (self, RMQ_SQL_TOKEN_CLOSE, "a closing parenthesis"))
    return NULL;
  return g_steal_pointer (&node);
}

static RmqSqlNode *
parse_primary (Parser *self)
{
  switch ((int) self->token.type)
    {
    case RMQ_SQL_TOKEN_STRING:
      return parse_string (self);
    case RMQ_SQL_TOKEN_DECIMAL:
      return parse_decimal (self);
    case RMQ_SQL_TOKEN_FLOAT:
      return parse_float (self);
    case RMQ_SQL_TOKEN_TRUE:
      return parse_constant (self, rmq_sql_boolean (true));
    case RMQ_SQL_TOKEN_FALSE:
      return parse_constant (self, rmq_sql_boolean (false));
    case RMQ_SQL_TOKEN_NULL:
      return parse_constant (self, (RmqSqlValue){ RMQ_SQL_NULL });
    case RMQ_SQL_TOKEN_NAME:
      return parse_property (self);
    case RMQ_SQL_TOKEN_OPEN:
      return parse_parentheses (self);
    default:
      return fail_unexpected (self, "a value, a property or a parenthesis");
    }
}

/* --- Operators, the tightest first -------------------------------------------------------------------------------- */

static RmqSqlNode *
parse_signed (Parser *self)
{
  g_autoptr (RmqSqlNode) operand = NULL;

  if (accept (self, RMQ_SQL_TOKEN_PLUS))
    return parse_unary (self);
  if (accept (self, RMQ_SQL_TOKEN_MINUS))
    {
      operand = parse_unary (self);
      return operand != NULL ? make_unary (self, RMQ_SQL_NODE_NEGATE, g_steal_pointer (&operand)) : NULL;
    }
  if (accept (self, RMQ_SQL_TOKEN_NOT))
    {
      operand = parse_unary (self);
      if (operand != NULL)
        operand = make_boolean (self, g_steal_pointer (&operand));
      return operand != NULL ? make_unary (self, RMQ_SQL_NODE_NOT, g_steal_pointer (&operand)) : NULL;
    }
  return parse_primary (self);
}

/* Every way down leads through here, so depth is counted here. */
static RmqSqlNode *
parse_unary (Parser *self)
{
  RmqSqlNode *node;

  if (self->depth == RMQ_SQL_MAX_DEPTH)
    return fail (self, "it is nested more deeply than this broker takes");
  self->depth++;
  node = parse_signed (self);
  self->depth--;
  return node;
}

/* Takes left, as all of these. */
static RmqSqlNode *
parse_order (Parser *self, RmqSqlNodeType type, RmqSqlNode *left)
{
  g_autoptr (RmqSqlNode) taken = left;
  g_autoptr (RmqSqlNode) right = NULL;
  const char *reason;

  advance (self);
  right = parse_unary (self);
  if (right == NULL)
    return NULL;
  reason = _rmq_sql_node_check_order (taken);
  if (reason == NULL)
    reason = _rmq_sql_node_check_order (right);
  if (reason != NULL)
    return fail (self, reason);
  return make_binary (self, type, g_steal_pointer (&taken), g_steal_pointer (&right));
}

static RmqSqlNode *
parse_find (Parser *self, RmqSqlNodeType type, bool negated, RmqSqlNode *left)
{
  g_autoptr (RmqSqlNode) taken = left;
  RmqSqlNode *node;

  advance (self);
  if (self->token.type != RMQ_SQL_TOKEN_STRING)
    return fail_unexpected (self, "a string");
  node = make_unary (self, type, g_steal_pointer (&taken));
  if (node == NULL)
    return NULL;
  node->negated = negated;
  node->value.type = RMQ_SQL_STRING;
  node->value.string = dup_string (self->token.text);
  advance (self);
  return node;
}

static RmqSqlNode *
parse_between (Parser *self, bool negated, RmqSqlNode *left)
{
  g_autoptr (RmqSqlNode) taken = left;
  g_autoptr (RmqSqlNode) low = NULL;
  g_autoptr (RmqSqlNode) high = NULL;
  g_autoptr (RmqSqlNode) node = NULL;
  const char *reason;

  advance (self);
  low = parse_unary (self);
  if (low == NULL || !expect (self, RMQ_SQL_TOKEN_AND, "AND"))
    return NULL;
  high = parse_unary (self);
  if (high == NULL)
    return NULL;
  reason = negated ? NULL : _rmq_sql_node_check_between (low, high);
  for (unsigned i = 0; reason == NULL && i < 3; i++)
    reason = _rmq_sql_node_check_order (i == 0 ? taken : i == 1 ? low : high);
  if (reason != NULL)
    return fail (self, reason);
  node = make_binary (self, negated ? RMQ_SQL_NODE_NOT_BETWEEN : RMQ_SQL_NODE_BETWEEN, g_steal_pointer (&taken),
                      g_steal_pointer (&low));
  if (node == NULL)
    return NULL;
  if (high->depth >= RMQ_SQL_MAX_DEPTH)
    return fail (self, "it is nested more deeply than this broker takes");
  _rmq_sql_node_add (node, g_steal_pointer (&high));
  return g_steal_pointer (&node);
}

static bool
parse_strings (Parser *self, GHashTable *set)
{
  if (!expect (self, RMQ_SQL_TOKEN_OPEN, "a parenthesis"))
    return false;
  do
    {
      RmqSlice string;

      if (self->token.type != RMQ_SQL_TOKEN_STRING)
        return fail_unexpected (self, "a string");
      string = dup_string (self->token.text);
      g_hash_table_add (set, g_bytes_new_take ((char *) string.data, string.len));
      advance (self);
    }
  while (accept (self, RMQ_SQL_TOKEN_COMMA));
  return expect (self, RMQ_SQL_TOKEN_CLOSE, "a comma or a closing parenthesis");
}

static RmqSqlNode *
parse_in (Parser *self, bool negated, RmqSqlNode *left)
{
  g_autoptr (RmqSqlNode) taken = left;
  g_autoptr (GHashTable) set =
      g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  RmqSqlNode *node;

  advance (self);
  if (!parse_strings (self, set))
    return NULL;
  if (taken->type != RMQ_SQL_NODE_PROPERTY)
    return fail (self, "IN takes a property only");
  node = make_unary (self, RMQ_SQL_NODE_IN, g_steal_pointer (&taken));
  if (node == NULL)
    return NULL;
  node->negated = negated;
  node->set = g_steal_pointer (&set);
  return node;
}

/* What NOT may stand before, and what stands without it. */
static RmqSqlNode *
parse_predicate (Parser *self, bool negated, RmqSqlNode *left)
{
  switch ((int) self->token.type)
    {
    case RMQ_SQL_TOKEN_CONTAINS:
      return parse_find (self, RMQ_SQL_NODE_CONTAINS, negated, left);
    case RMQ_SQL_TOKEN_STARTS_WITH:
      return parse_find (self, RMQ_SQL_NODE_STARTS_WITH, negated, left);
    case RMQ_SQL_TOKEN_ENDS_WITH:
      return parse_find (self, RMQ_SQL_NODE_ENDS_WITH, negated, left);
    case RMQ_SQL_TOKEN_BETWEEN:
      return parse_between (self, negated, left);
    case RMQ_SQL_TOKEN_IN:
      return parse_in (self, negated, left);
    default:
      _rmq_sql_node_free (left);
      return fail_unexpected (self, "BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH");
    }
}

static RmqSqlNode *
parse_comparison (Parser *self)
{
  RmqSqlNode *left = parse_unary (self);

  while (left != NULL)
    switch ((int) self->token.type)
      {
      case RMQ_SQL_TOKEN_GREATER:
        left = parse_order (self, RMQ_SQL_NODE_GREATER, left);
        break;
      case RMQ_SQL_TOKEN_GREATER_EQUAL:
        left = parse_order (self, RMQ_SQL_NODE_GREATER_EQUAL, left);
        break;
      case RMQ_SQL_TOKEN_LESS:
        left = parse_order (self, RMQ_SQL_NODE_LESS, left);
        break;
      case RMQ_SQL_TOKEN_LESS_EQUAL:
        left = parse_order (self, RMQ_SQL_NODE_LESS_EQUAL, left);
        break;
      case RMQ_SQL_TOKEN_NOT:
        advance (self);
        left = parse_predicate (self, true, left);
        break;
      case RMQ_SQL_TOKEN_CONTAINS:
      case RMQ_SQL_TOKEN_STARTS_WITH:
      case RMQ_SQL_TOKEN_ENDS_WITH:
      case RMQ_SQL_TOKEN_BETWEEN:
      case RMQ_SQL_TOKEN_IN:
        left = parse_predicate (self, false, left);
        break;
      default:
        return left;
      }
  return NULL;
}

static RmqSqlNode *
parse_equal (Parser *self, bool negated, RmqSqlNode *left)
{
  g_autoptr (RmqSqlNode) taken = left;
  g_autoptr (RmqSqlNode) right = NULL;
  g_autoptr (RmqSqlNode) node = NULL;
  const char *reason;

  advance (self);
  right = parse_comparison (self);
  if (right == NULL)
    return NULL;
  reason = _rmq_sql_node_check_equal (taken, right);
  if (reason != NULL)
    return fail (self, reason);
  node = make_binary (self, RMQ_SQL_NODE_EQUAL, g_steal_pointer (&taken), g_steal_pointer (&right));
  if (node == NULL || !negated)
    return g_steal_pointer (&node);
  return make_unary (self, RMQ_SQL_NODE_NOT, g_steal_pointer (&node));
}

static RmqSqlNode *
parse_is_null (Parser *self, RmqSqlNode *left)
{
  g_autoptr (RmqSqlNode) taken = left;
  g_autoptr (RmqSqlNode) node = NULL;
  bool negated;

  advance (self);
  negated = accept (self, RMQ_SQL_TOKEN_NOT);
  if (!expect (self, RMQ_SQL_TOKEN_NULL, negated ? "NULL" : "NULL or NOT NULL"))
    return NULL;
  node = make_unary (self, RMQ_SQL_NODE_IS_NULL, g_steal_pointer (&taken));
  if (node == NULL || !negated)
    return g_steal_pointer (&node);
  return make_unary (self, RMQ_SQL_NODE_NOT, g_steal_pointer (&node));
}

static RmqSqlNode *
parse_equality (Parser *self)
{
  RmqSqlNode *left = parse_comparison (self);

  while (left != NULL)
    if (self->token.type == RMQ_SQL_TOKEN_EQUAL || self->token.type == RMQ_SQL_TOKEN_NOT_EQUAL)
      left = parse_equal (self, self->token.type == RMQ_SQL_TOKEN_NOT_EQUAL, left);
    else if (self->token.type == RMQ_SQL_TOKEN_IS)
      left = parse_is_null (self, left);
    else
      return left;
  return NULL;
}

static RmqSqlNode *
parse_logic (Parser *self, RmqSqlTokenType token, RmqSqlNodeType type, RmqSqlNode *(*parse_operand) (Parser *self))
{
  g_autoptr (RmqSqlNode) left = parse_operand (self);

  while (left != NULL && accept (self, token))
    {
      RmqSqlNode *right = parse_operand (self);

      if (right == NULL)
        return NULL;
      left = make_logic (self, type, g_steal_pointer (&left), right);
    }
  return g_steal_pointer (&left);
}

static RmqSqlNode *
parse_and (Parser *self)
{
  return parse_logic (self, RMQ_SQL_TOKEN_AND, RMQ_SQL_NODE_AND, parse_equality);
}

static RmqSqlNode *
parse_or (Parser *self)
{
  return parse_logic (self, RMQ_SQL_TOKEN_OR, RMQ_SQL_NODE_OR, parse_and);
}

RmqSqlNode *
_rmq_sql_parse (RmqSlice text, GPtrArray *names, GError **error)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (RmqSqlNode) node = NULL;
  Parser self = {
    .start = text.data, .at = text.data, .end = text.data + text.len, .names = names, .numbers = numbers
  };

  self.error = error;
  advance (&self);
  node = parse_or (&self);
  if (node == NULL)
    return NULL;
  /* The Java parser, too, has looked at the token behind the expression. */
  if (self.token.type == RMQ_SQL_TOKEN_BAD)
    return fail_unexpected (&self, "the end");
  return make_boolean (&self, g_steal_pointer (&node));
}
