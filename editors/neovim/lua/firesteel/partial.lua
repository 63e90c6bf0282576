--- Partial results: what is there of a suggestion while the model still writes it.

local M = {}

local TOKEN = 'firesteel-ghost-'
local count = 0

--- Who waits for partial results, by buffer: only the newest request of a buffer is of any interest.
---@type table<integer, { token: string, receive: fun(items: lsp.InlineCompletionItem[]) }>
local waiting = {}

--- Takes carriage returns out of the items of an answer: a buffer's lines have none, whatever its file has.
---@param items lsp.InlineCompletionItem[]
---@return lsp.InlineCompletionItem[]
function M.plain(items)
  for _, item in ipairs(items) do
    if type(item.insertText) == 'string' then
      item.insertText = item.insertText:gsub('\r\n?', '\n')
    end
  end
  return items
end

--- A token for a request, whose partial results go to `receive` from now on.
---@param bufnr integer
---@param receive fun(items: lsp.InlineCompletionItem[])
---@return string
function M.token(bufnr, receive)
  count = count + 1
  waiting[bufnr] = { token = TOKEN .. count, receive = receive }
  return TOKEN .. count
end

--- Takes a `$/progress` that is a partial result; returns whether it is one.
---@param params lsp.ProgressParams
---@return boolean
function M.take(params)
  local token = params.token
  if type(token) ~= 'string' or not vim.startswith(token, TOKEN) then
    return false
  end
  for _, request in pairs(waiting) do
    if request.token == token then
      request.receive(M.plain(params.value.items or params.value))
    end
  end
  return true
end

--- Lets Neovim's own inline completion show suggestions of this client while they grow. It asks for none, so its requests
--- get a token here, and each partial result is given to it as an answer.
---@param client vim.lsp.Client
function M.grow(client)
  local request = client.request
  ---@diagnostic disable-next-line: duplicate-set-field
  client.request = function(self, method, params, handler, bufnr)
    if method ~= 'textDocument/inlineCompletion' or not handler or not bufnr then
      return request(self, method, params, handler, bufnr)
    end
    local tick, has_grown = vim.api.nvim_buf_get_changedtick(bufnr), false
    local context = { client_id = self.id, method = method, bufnr = bufnr, params = params }
    params.partialResultToken = M.token(bufnr, function(items)
      if vim.api.nvim_buf_is_valid(bufnr) and vim.api.nvim_buf_get_changedtick(bufnr) == tick then
        has_grown = true
        handler(nil, items, context)
      end
    end)
    return request(self, method, params, function(err, result, ctx)
      if result then
        M.plain(result.items or result)
      end
      -- After partial results the answer itself is empty.
      if err or not has_grown or result and #(result.items or result) > 0 then
        handler(err, result, ctx)
      end
    end, bufnr)
  end
end

return M
