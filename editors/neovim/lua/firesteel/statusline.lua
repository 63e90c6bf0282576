--- One text for a status line: who answers, how fast, what of the quota is used, and why nothing is suggested.

local server = require('firesteel.server')

local M = {}

--- How many characters of the reason for no suggestion are shown; `:Firesteel why` says all of it.
local SILENCE_CAP = 40

---@type table? What the server last said, by itself or because it was asked.
local status
local has_asked = false
---@type string? Until when the endpoint wants no request.
local paused_until

--- Takes in a status.
---@param new table?
function M.update(new)
  status = new
  local pause = vim.tbl_get(new or {}, 'quota', 'pause_seconds')
  paused_until = type(pause) == 'number' and os.date('%H:%M:%S', os.time() + pause) or nil
  vim.cmd.redrawstatus()
end

--- Asks once; from then on the server tells of every change by itself.
local function ask()
  if not has_asked then
    has_asked = true
    vim.schedule(function()
      if vim.list_contains(server.commands(), 'firesteel.status') then
        server.execute('firesteel.status', {}, M.update)
      else
        has_asked = false
      end
    end)
  end
end

local function given(value)
  return value ~= nil and value ~= vim.NIL and value or nil
end

local function shortened(reason)
  local is_long = vim.fn.strcharlen(reason) > SILENCE_CAP
  return is_long and vim.fn.strcharpart(reason, 0, SILENCE_CAP) .. '…' or reason
end

--- What there is to say, the most important first.
---@return string[]
local function parts()
  local is_hosted = status.answering == 'hosted'
  local rate = is_hosted and vim.tbl_get(status, 'outside', 'tokens_per_second')
  local quota = given(status.quota) or {}
  local said = { is_hosted and given(status.model) or 'local' }
  local function add(format, value)
    if value then
      table.insert(said, format:format(value))
    end
  end
  -- Where the embedded engine stands in for a hosted model, this says why.
  add('%s', given(status.hosted))
  local edit = given(vim.tbl_get(status, 'roles', 'edit', 'model'))
  add('edits: %s', edit and edit ~= given(status.model) and edit)
  add('%d tok/s', type(rate) == 'number' and rate > 0 and rate)
  add('%s', quota.limit_reached and 'quota used up')
  add('%.0f %% used', not quota.limit_reached and given(quota.used_percent))
  add('not asked until %s', paused_until)
  add('snoozed for %d min', given(status.snoozed_minutes))
  add('%s', given(status['local']) and given(status['local'].indexing) and 'indexing')
  add('no suggestion: %s', given(status.silence) and shortened(status.silence))
  return said
end

--- The text; empty where the server does not run. It never waits: it shows what the server last said.
---@return string
function M.text()
  if server.problem then
    return 'firesteel: ' .. shortened(server.problem)
  end
  local client = server.client(0)
  if not client or not client.attached_buffers[vim.api.nvim_get_current_buf()] then
    return ''
  end
  ask()
  return 'firesteel: ' .. (type(status) == 'table' and table.concat(parts(), ', ') or 'starting')
end

return M
