--- Suggestions, drawn by Neovim's own module or by ours.

local config = require('firesteel.config')
local ghost = require('firesteel.ghost')

local M = {}

---@alias firesteel.Part 'all'|'line'|'word'

--- The beginning of a text that one key press accepts.
---@param text string
---@param part firesteel.Part
---@return string
local function part_of(text, part)
  if part == 'line' then
    return text:match('^\n?[^\n]*')
  elseif part == 'word' then
    return text:match('^%s*[%w_]+') or text:match('^%s*[^%w_%s]+') or text
  end
  return text
end

--- Inserts text at the cursor and leaves the cursor behind it.
---@param bufnr integer
---@param text string
local function insert(bufnr, text)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local lines = vim.split(text, '\n', { plain = true })
  vim.api.nvim_buf_set_text(bufnr, row - 1, col, row - 1, col, lines)
  local last_col = #lines == 1 and col + #text or #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row + #lines - 1, last_col })
end

--- Neovim would replace the item's own range, which ends where the cursor was when the item came, and so insert again
--- what has been typed since. That is a part of the item, so only the rest is inserted; nothing when it is not.
---@param item vim.lsp.inline_completion.Item
---@param part firesteel.Part
local function accept_core(item, part)
  local bufnr = vim.api.nvim_get_current_buf()
  if type(item.insert_text) ~= 'string' or not item.range then
    return item
  end
  local start_row, start_col = item.range:to_extmark()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local typed = table.concat(vim.api.nvim_buf_get_text(bufnr, start_row, start_col, row - 1, col, {}), '\n')
  if vim.startswith(item.insert_text, typed) then
    M.finish(bufnr, item.insert_text:sub(#typed + 1), part, item)
  end
end

--- Inserts a part of what is left of an item, and runs its command once nothing is left.
---@param bufnr integer
---@param rest string
---@param part firesteel.Part
---@param item { client_id: integer, command?: lsp.Command }
function M.finish(bufnr, rest, part, item)
  local accepted = part_of(rest, part)
  insert(bufnr, accepted)
  local client = vim.lsp.get_client_by_id(item.client_id)
  if item.command and client and accepted == rest then
    client:exec_cmd(item.command, { bufnr = bufnr })
  end
end

--- Which clients have their requests for Neovim's own module changed already.
---@type table<integer, boolean>
local grows = {}

--- Begins to show suggestions in a buffer.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  if config.options.ghost_text == 'off' then
    return
  elseif config.uses_core() then
    if not grows[client.id] then
      grows[client.id] = true
      require('firesteel.partial').grow(client)
    end
    vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  else
    ghost.attach(client, bufnr)
  end
end

--- Accepts what is shown; returns whether there was anything.
---@param part? firesteel.Part
---@return boolean
function M.accept(part)
  part = part or 'all'
  if config.uses_core() then
    return vim.lsp.inline_completion.get({
      on_accept = function(item)
        return accept_core(item, part)
      end,
    })
  end
  return ghost.take(function(bufnr, rest, item)
    M.finish(bufnr, rest, part, item)
  end)
end

--- Shows the next of several suggestions.
function M.next()
  if config.uses_core() then
    vim.lsp.inline_completion.select()
  else
    ghost.select(1)
  end
end

--- Asks at once, also where suggestions do not come by themselves. Neovim's own module has no way to.
function M.trigger()
  if config.uses_core() then
    vim.notify("Firesteel: with Neovim's own ghost text suggestions come by themselves only", vim.log.levels.INFO)
  else
    ghost.request(vim.api.nvim_get_current_buf(), ghost.INVOKED)
  end
end

--- Turns suggestions on or off in every buffer of the server.
---@param on boolean
function M.enable(on)
  local client = require('firesteel.server').client()
  if client and config.uses_core() then
    return vim.lsp.inline_completion.enable(on, { client_id = client.id })
  end
  for bufnr in pairs(client and client.attached_buffers or {}) do
    if on then
      ghost.attach(client, bufnr)
    else
      ghost.detach(bufnr)
    end
  end
end

--- Whether suggestions are on in this buffer.
---@return boolean
function M.is_enabled()
  local client = require('firesteel.server').client(0)
  if client and config.uses_core() then
    return vim.lsp.inline_completion.is_enabled({ bufnr = 0, client_id = client.id })
  end
  return ghost.is_attached(vim.api.nvim_get_current_buf())
end

return M
