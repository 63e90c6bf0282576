--- `:checkhealth firesteel`: what is in order, and what to do about what is not.

local config = require('firesteel.config')
local server = require('firesteel.server')

local M = {}

--- How long the server may take to say its version, and its status, in milliseconds.
local VERSION_TIMEOUT_MS, STATUS_TIMEOUT_MS = 5000, 2000

local function check_neovim()
  if vim.fn.has('nvim-0.11') == 0 then
    return vim.health.error('Neovim 0.11 or newer is needed')
  end
  local drawn_by = config.uses_core() and "Neovim's own inline completion" or "this plugin's extmarks"
  vim.health.ok(('Neovim %s; ghost text is drawn by %s'):format(tostring(vim.version()), drawn_by))
end

local function check_binary()
  local is_done, why, version = false, nil, nil
  config.check(function(problem, said)
    is_done, why, version = true, problem, said
  end)
  vim.wait(VERSION_TIMEOUT_MS, function()
    return is_done
  end)
  if why then
    vim.health.error(why, config.INSTALL)
  else
    vim.health.ok(('%s: %s'):format(vim.fn.exepath(config.command()[1]), version or 'no version yet'))
  end
end

local function check_server()
  local client = server.client()
  if not client then
    return vim.health.warn('the server is not running', { 'open a file of a supported language', ':Firesteel start' })
  end
  vim.health.ok(('the server runs in %s'):format(client.root_dir or 'no folder (single file)'))
  local params = { command = 'firesteel.status', arguments = {} }
  local reply = client:request_sync('workspace/executeCommand', params, STATUS_TIMEOUT_MS)
  local status = reply and reply.result
  if not status then
    return vim.health.error(('no status within %d ms'):format(STATUS_TIMEOUT_MS), ':Firesteel restart')
  end
  vim.health.ok(('%s answers'):format(status.answering == 'hosted' and tostring(status.model) or 'the embedded engine'))
  for role, entry in vim.spairs(status.roles) do
    local why = entry.why ~= vim.NIL and (': %s'):format(entry.why) or ''
    local text = ('%s: %s, %s%s'):format(role, entry.model == vim.NIL and 'no model' or entry.model, entry.state, why)
    if entry.state == 'away' or entry.state == 'refused' then
      vim.health.warn(text, { 'firesteel doctor', ':Firesteel setup' })
    else
      vim.health.info(text)
    end
  end
  vim.health.info(vim.inspect(status))
end

function M.check()
  vim.health.start('firesteel')
  check_neovim()
  check_binary()
  check_server()
end

return M
